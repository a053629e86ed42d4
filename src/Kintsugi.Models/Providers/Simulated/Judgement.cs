using System.Globalization;
using System.Text;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>What a rubric comes to for one case.</summary>
/// <param name="Score">Null when the prompt has no points.</param>
internal sealed record Judgement(double? Score, IReadOnlyDictionary<string, string> Labels, string Reason)
{
    public static Judgement Of(Instructions instructions, Facts facts, Skill skill, Random? misjudgement)
    {
        var holding = skill.Follow(instructions.Rules).Where(r => r.When?.Holds(facts, skill.Reading) != false).ToList();
        var slip = misjudgement is null ? 0 : Slip(holding, misjudgement);
        var labels = new Dictionary<string, string>();
        foreach (var label in holding.OfType<LabelRule>()) labels.TryAdd(label.Field, label.Value);
        if (!instructions.Scores) return new Judgement(null, labels, "Simulated: the prompt has no points to count.");

        var points = instructions.Start + holding.OfType<PointsRule>().Sum(r => r.Points) + slip;
        if (holding.OfType<ScoreRule>().FirstOrDefault() is { } set) points = set.Score;
        return new Judgement(Math.Min(instructions.High, Math.Max(instructions.Low, points)), labels, Why(instructions.Start, holding));
    }

    /// <summary>Overlooks one line of points that holds, or is off by 10 to 20 points.</summary>
    private static double Slip(List<Rule> holding, Random random)
    {
        var counted = holding.OfType<PointsRule>().ToList();
        if (counted.Count > 0 && random.Next(2) == 0)
        {
            holding.Remove(counted[random.Next(counted.Count)]);
            return 0;
        }
        return (random.Next(2) == 0 ? -1 : 1) * random.Next(10, 21);
    }

    private static string Why(double start, List<Rule> holding)
    {
        var reason = new StringBuilder().Append(CultureInfo.InvariantCulture, $"Simulated: {start} to begin with");
        foreach (var rule in holding.OfType<PointsRule>()) reason.Append(CultureInfo.InvariantCulture, $"; {rule.Text}");
        return reason.Append('.').ToString();
    }
}
