using System.Globalization;
using System.Text.RegularExpressions;

namespace Kintsugi.Bench.Incidents.Mutations;

/// <summary>What goes wrong with prompts: a line is lost, turned round, weakened, or contradicted by another.</summary>
public static partial class PromptMutations
{
    public static IEnumerable<Edit> Of(VersionFiles version, string file, Random random)
    {
        var lines = version.Lines(file);
        foreach (var (at, line) in lines.Index().Where(l => Instruction().IsMatch(l.Item)))
        {
            yield return new Edit("line lost", new Splice(file, at, [line], []));
            foreach (var (what, changed) in Changed(line, lines, random)) yield return new Edit(what, Splice.Line(file, at, line, changed));
            if (Points().Match(line) is { Success: true } points)
                yield return new Edit("contradiction added", new Splice(file, at + 1, [], [Turned(line, points)]));
        }
    }

    private static IEnumerable<(string What, string Line)> Changed(string line, IReadOnlyList<string> lines, Random random)
    {
        if (Points().Match(line) is { Success: true } points)
        {
            yield return ("turned round", Turned(line, points));
            var n = int.Parse(points.Groups["n"].Value, CultureInfo.InvariantCulture);
            yield return ("other points", Put(line, points.Groups["n"], n + (random.Next(2) == 0 ? 10 : 30)));
            yield return ("made vague", $"{points.Groups["lead"].Value}Bear in mind {line[points.Groups["when"].Index..]}");
        }
        if (Bound().Match(line) is { Success: true } bound) yield return ("other bound", Put(line, bound.Groups["n"], (int.Parse(bound.Groups["n"].Value, CultureInfo.InvariantCulture) * 3) + 2));
        if (Words().Match(line) is { Success: true } words) yield return ("words lost", line[..words.Groups["rest"].Index] + ".");
        if (Label().Match(line) is { Success: true } label)
        {
            var others = lines.Select(l => Label().Match(l)).Where(m => m.Success && m.Groups["field"].Value == label.Groups["field"].Value && m.Groups["value"].Value != label.Groups["value"].Value).ToList();
            if (others.Count > 0) yield return ("other label", Put(line, label.Groups["value"], others[random.Next(others.Count)].Groups["value"].Value));
        }
    }

    private static string Turned(string line, Match points) =>
        Put(line, points.Groups["verb"], points.Groups["verb"].Value == "Add" ? "Subtract" : "Add");

    private static string Put(string line, Group group, object value) =>
        string.Create(CultureInfo.InvariantCulture, $"{line[..group.Index]}{value}{line[(group.Index + group.Length)..]}");

    [GeneratedRegex(@"^(?:- |\d+\. )(?:Add|Subtract|Set|Otherwise|Call)\b|^Start at \d+ points|^Keep the score")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"^(?<lead>- )(?<verb>Add|Subtract) (?<n>\d+) points (?<when>when .*)$")]
    private static partial Regex Points();

    [GeneratedRegex(@"(?:at least|more than|less than|at most) (?<n>\d+)")]
    private static partial Regex Bound();

    [GeneratedRegex(@"one of: [^,]+(?<rest>,.*)\.$")]
    private static partial Regex Words();

    [GeneratedRegex(@"et `(?<field>\w+)` to `(?<value>[\w-]+)`")]
    private static partial Regex Label();
}
