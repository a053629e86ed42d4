using System.Globalization;
using System.Text.RegularExpressions;

namespace Kintsugi.Bench.Incidents.Mutations;

/// <summary>Rules that were changed on purpose, in the agent, its tests and the document of rules: only the golden data stays as it was.</summary>
public static partial class RuleChanges
{
    /// <returns>What changes the agent, and what states it.</returns>
    public static IEnumerable<(Edit Change, Edit Statement)> Of(PlantedAgent agent, Random random)
    {
        var agreed = agent.Sites.Agreed;
        foreach (var (at, line) in agent.Good.Lines(agreed.Test).Index())
        {
            if (Line().Match(line) is { Success: true } prompt)
            {
                var old = prompt.Groups["line"].Value;
                var @new = Points().Replace(old, m => (int.Parse(m.Value, CultureInfo.InvariantCulture) + 10 + (5 * random.Next(3))).ToString(CultureInfo.InvariantCulture), 1);
                yield return (agent.Good.Replace("rule changed", agreed.Prompt, old + "\n", @new + "\n"), Stated(agent, at, line, old, @new));
            }
            if (Constant().Match(line) is { Success: true } constant)
            {
                var (name, value) = (constant.Groups["name"].Value, constant.Groups["value"].Value);
                var other = ((int)(int.Parse(value, CultureInfo.InvariantCulture) * (random.Next(2) == 0 ? 0.7 : 1.4))).ToString(CultureInfo.InvariantCulture);
                var code = agent.Good.Lines(agreed.Code).Index().Single(l => Regex.IsMatch(l.Item, $@"^\s*(?:public const int )?{name}\s*[:=]"));
                yield return (
                    new Edit("rule changed", Splice.Line(agreed.Code, code.Index, code.Item, code.Item.Replace(value, other, StringComparison.Ordinal))),
                    Stated(agent, at, line, $"{name} is {value}", $"{name} is {other}", line.Replace(value, other, StringComparison.Ordinal)));
            }
        }
    }

    private static Edit Stated(PlantedAgent agent, int at, string line, string old, string @new, string? test = null)
    {
        var agreed = agent.Sites.Agreed;
        var rule = agent.Good.Lines(agreed.Rules).Index().Single(l => l.Item.Contains(old, StringComparison.Ordinal));
        return new Edit("rule stated",
        [
            Splice.Line(agreed.Test, at, line, test ?? line.Replace(old, @new, StringComparison.Ordinal)),
            Splice.Line(agreed.Rules, rule.Index, rule.Item, rule.Item.Replace(old, @new, StringComparison.Ordinal)),
        ]);
    }

    [GeneratedRegex(@"^\s+""(?<line>- .*)"",?$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^\s+""(?<name>[A-Za-z_]+)"": (?<value>\d+),?$")]
    private static partial Regex Constant();

    [GeneratedRegex(@"\d+(?= points)")]
    private static partial Regex Points();
}
