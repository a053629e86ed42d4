using System.Collections.Immutable;
using System.Reflection;

namespace Kintsugi.Cli.Demo;

/// <summary>Writes the history of a scenario: the good agent, then days of work in which the damage is one change among many.</summary>
public static class DemoHistories
{
    private const int InnocentCommits = 8;
    private const string ResourcePrefix = "gtm-agent/";

    private static readonly (string Name, string Email)[] Authors =
        [("Ines Marquardt", "ines@meridian.example"), ("Tobi Adeyinka", "tobi@meridian.example"), ("Wen Li", "wen@meridian.example")];

    private static readonly DateTimeOffset FirstDay = new(2026, 5, 4, 9, 12, 0, TimeSpan.FromHours(2));

    private static readonly Lazy<ImmutableSortedDictionary<string, DemoFile>> Agent = new(ReadAgent);

    /// <summary>The sample agent's files as they are embedded in this program.</summary>
    public static ImmutableSortedDictionary<string, DemoFile> SampleAgent => Agent.Value;

    /// <param name="seed">Chooses the innocent commits, their order, the authors and the weather's seed. Equal seeds give equal histories.</param>
    public static DemoHistory Build(DemoScenario scenario, int seed)
    {
        var random = new Random(seed);
        var at = FirstDay;
        var commits = new List<DemoCommit> { Commit("Score and route inbound leads", SampleAgent, random, ref at) };
        foreach (var (message, edits) in Plan(scenario, random))
            commits.Add(Commit(message, edits.Aggregate(commits[^1].Files, (files, edit) => edit.Apply(files)), random, ref at));
        return new DemoHistory(commits, BaseIndex: 0, scenario.Bless with { Seed = seed }, scenario.Heal with { Seed = seed });
    }

    /// <summary>The scenario's own steps in their order, at drawn places among innocent commits, never the newest: nothing is read off the place.</summary>
    private static List<(string Message, IReadOnlyList<DemoEdit> Edits)> Plan(DemoScenario scenario, Random random)
    {
        var taken = scenario.Steps.SelectMany(s => s.Innocent).Concat(scenario.TooClose).ToHashSet();
        var innocent = InnocentEdits.Commits
            .Select(c => (c.Message, Edits: (IReadOnlyList<DemoEdit>)[.. c.Edits.Where(e => !taken.Contains(e)).Select(e => InnocentEdits.ByName[e])]))
            .Where(c => c.Edits.Count > 0)
            .ToArray();
        random.Shuffle(innocent);

        var plan = innocent.Take(InnocentCommits).ToList();
        var places = Enumerable.Range(0, InnocentCommits).ToArray();
        random.Shuffle(places);
        var chosen = places.Take(scenario.Steps.Count).Order().ToArray();
        for (var i = scenario.Steps.Count - 1; i >= 0; i--) plan.Insert(chosen[i], (scenario.Steps[i].Message, EditsOf(scenario.Steps[i])));
        return plan;
    }

    private static IReadOnlyList<DemoEdit> EditsOf(DemoStep step) =>
        [.. step.Breaking, .. step.Besides ?? [], .. step.Innocent.Select(name => InnocentEdits.ByName[name])];

    private static DemoCommit Commit(string message, ImmutableSortedDictionary<string, DemoFile> files, Random random, ref DateTimeOffset at)
    {
        var (name, email) = Authors[random.Next(Authors.Length)];
        at = at.AddMinutes(random.Next(40, 900));
        return new DemoCommit(message, name, email, at, files);
    }

    private static ImmutableSortedDictionary<string, DemoFile> ReadAgent()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .ToImmutableSortedDictionary(name => name[ResourcePrefix.Length..].Replace('\\', '/'), Read, StringComparer.Ordinal);

        DemoFile Read(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return new DemoFile(reader.ReadToEnd().ReplaceLineEndings("\n"));
        }
    }
}
