namespace Kintsugi.Models.Routing;

/// <summary>Who asks a model.</summary>
public static class Role
{
    /// <summary>The agent under care: its own request names the model.</summary>
    public const string Agent = "agent";

    public const string Triage = "triage";

    public const string Repair = "repair";

    public const string Judge = "judge";

    /// <summary>Whether answers of another model spoil what is measured with them.</summary>
    public static bool IsMeasuring(string role) => role is Agent or Judge;
}
