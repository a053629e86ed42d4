using System.Text.RegularExpressions;

namespace Kintsugi.Bench.Incidents;

/// <summary>What a team changes from day to day without harm.</summary>
public static partial class HarmlessEdits
{
    private static readonly string[] Asides = ["; see the notes of May", ", as before", "; asked twice already", ", for now", "; kept on purpose", ", which is rare"];

    private static readonly string[] Sentences =
        ["Be brief and be exact.", "Take the time that it takes.", "Nobody reads between the lines here.", "Several colleagues work with what comes of this.", "What is unclear stays unclear.", "This text is reviewed every spring."];

    /// <summary>All harmless edits that the agent allows, in no order, each by itself.</summary>
    public static IReadOnlyList<Edit> Of(PlantedAgent agent, Random random)
    {
        var agreed = agent.Good.Texts[agent.Sites.Agreed.Test];
        List<Edit> edits =
        [
            .. agent.Innocent,
            .. agent.Rows(random),
            .. agent.Sites.HarmlessPins.Select(pin => agent.Good.Replace("package upgraded", agent.Sites.Lock, pin.Old + "\n", pin.New + "\n")),
            .. agent.Sites.Prompts.SelectMany(file => OfPrompt(agent.Good, file, agreed, random)),
            .. agent.Sites.Code.Concat(agent.Sites.Models).Append(agent.Sites.Lock).SelectMany(file => OfComments(agent.Good, file, random)),
            .. agent.Sites.Tools.Concat(agent.Sites.Schemas).SelectMany(file => OfDescriptions(agent.Good, file, random)),
            .. OfProse(agent.Good, "README.md", random),
            .. OfProse(agent.Good, agent.Sites.Agreed.Rules, random),
        ];
        return edits;
    }

    private static IEnumerable<Edit> OfPrompt(VersionFiles version, string file, string agreed, Random random)
    {
        foreach (var edit in OfProse(version, file, random)) yield return edit;
        foreach (var (at, line) in version.Lines(file).Index().Where(l => !agreed.Contains(l.Item, StringComparison.Ordinal)))
        {
            if (Points().Match(line) is not { Success: true } points) continue;
            var (verb, n, when) = (points.Groups["verb"].Value, points.Groups["n"].Value, points.Groups["when"].Value);
            yield return new Edit("reworded line", Splice.Line(file, at, line, random.Next(2) == 0
                ? $"- If {when}, {verb.ToLowerInvariant()} {n} points."
                : $"- {(verb == "Add" ? "Award" : "Deduct")} {n} points when {when}."));
        }
    }

    /// <summary>Another sentence after a line of prose that ends one.</summary>
    private static IEnumerable<Edit> OfProse(VersionFiles version, string file, Random random) =>
        version.Lines(file).Index().Where(l => Prose().IsMatch(l.Item))
            .Select(l => new Edit("sentence added", new Splice(file, l.Index + 1, [], [Sentences[random.Next(Sentences.Length)]])));

    private static IEnumerable<Edit> OfComments(VersionFiles version, string file, Random random) =>
        version.Lines(file).Index().Where(l => Comment().IsMatch(l.Item))
            .Select(l => new Edit("comment reworded", Splice.Line(file, l.Index, l.Item, l.Item.TrimEnd('.') + Asides[random.Next(Asides.Length)] + ".")));

    private static IEnumerable<Edit> OfDescriptions(VersionFiles version, string file, Random random) =>
        from line in version.Lines(file).Index()
        let text = Description().Match(line.Item)
        where text.Success
        select new Edit("description reworded", Splice.Line(file, line.Index, line.Item, $"{line.Item[..text.Groups["end"].Index]}{Asides[random.Next(Asides.Length)]}{line.Item[text.Groups["end"].Index..]}"));

    [GeneratedRegex(@"^- (?<verb>Add|Subtract) (?<n>\d+) points when (?<when>`[^;]*)\.$")]
    private static partial Regex Points();

    // No list items, no headings, nothing with names in backticks.
    [GeneratedRegex(@"^[A-Z][^`|:]*\.$")]
    private static partial Regex Prose();

    [GeneratedRegex(@"^\s*(?:#|//|;) .*\w\.?$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"""(?:description|about|title)"": ""[^""`]*(?<end>\.?""),?")]
    private static partial Regex Description();
}
