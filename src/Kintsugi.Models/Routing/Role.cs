namespace Kintsugi.Models.Routing;

/// <summary>Who asks a model.</summary>
public static class Role
{
    /// <summary>The agent under care: its own request names the model.</summary>
    public const string Agent = "agent";

    public const string Triage = "triage";

    public const string Repair = "repair";

    public const string Judge = "judge";

    /// <summary>A member of a panel has a role of its own, whose route is itself alone: a panel with a stand-in is another panel.</summary>
    /// <param name="route">`provider/model`.</param>
    public static string OfPanel(string route) => $"{Judge}/{route}";

    /// <summary>Each of several candidates that write a change side by side has a route of its own, see <see cref="RepairRoutes"/>.</summary>
    /// <param name="n">From 1; the first is <see cref="Repair"/> itself.</param>
    public static string OfCandidate(int n) => n == 1 ? Repair : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Repair}/{n}");

    /// <summary>Whether answers of another model spoil what is measured with them.</summary>
    public static bool IsMeasuring(string role) => role is Agent or Judge || role.StartsWith(Judge + "/", StringComparison.Ordinal);
}
