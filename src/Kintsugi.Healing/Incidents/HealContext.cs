using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Triage;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Routing;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents;

/// <summary>What every step of an incident works with: the agent, its gold, its repository, and a stand to run any version on.</summary>
/// <param name="Files">Says of any path of base or head which component it belongs to, and whether a repair may change it.</param>
/// <param name="Cassette">The recordings that the stand's runs leave.</param>
/// <param name="Blessed">What `kintsugi bless` wrote last; of another version than the base, perhaps. Null when nothing was blessed.</param>
public sealed record HealContext(
    AgentDefinition Agent, string AgentPath, AgentFiles Files, Dataset Dataset, IReadOnlyList<IScorer> Scorers, Baseline? Blessed,
    GitRepository Git, AgentStand Stand, Commit Base, Commit Head, int Seed, TimeProvider Clock, Cassette Cassette)
{
    /// <summary>Who can write a change where putting hunks back does not mend.</summary>
    public Writers Writers { get; init; } = Writers.None;

    /// <summary>What the owner wants done about regressions.</summary>
    public RepairPolicy Policy { get; init; } = RepairPolicy.None;

    /// <summary>Where fixes are reviewed, when that is at a forge; null for branches of the user's own repository.</summary>
    public ReviewPlace? Review { get; init; }

    public LoopTerms Terms => new(Agent.Repair.Attempts, Writers) { Policy = Policy, FilesIssues = Review is not null, MayRestore = path => Files.MayRestore(path), HasAdvisor = Agent.Models.HasLanguageModel(Role.Triage) };

    public StandVersion BaseVersion => new(Base.Id, Base.Tree);

    public StandVersion HeadVersion => new(Head.Id, Head.Tree);

    /// <summary>The same with samples left out that a person took out of the incident.</summary>
    public HealContext Without(IReadOnlyList<string> samples) =>
        samples.Count == 0 ? this : this with { Dataset = Dataset.Without(samples) };

    public Sample SampleOf(string id) => Dataset.Samples.First(s => s.Id == id);
}

/// <summary>Epoch numbers are draws; each purpose has its own, so that no draw is ever counted twice.</summary>
public static class Draws
{
    /// <summary>Of blessing: 1 … K.</summary>
    public static IReadOnlyList<int> Bless(int runs) => [.. Enumerable.Range(1, runs)];

    /// <summary>Of detection's looks and of the culprit search: the draws of blessing, so that a question that did not change may be answered from its recordings.</summary>
    public static IReadOnlyList<int> Look(int already, int runs) => [.. Enumerable.Range(1 + already, runs)];

    /// <summary>Of a look that must ask again, because recordings no longer say what the model says now.</summary>
    public static IReadOnlyList<int> Again(int already, int runs) => [.. Enumerable.Range(101 + already, runs)];

    /// <summary>Of sentinels.</summary>
    public static IReadOnlyList<int> Sentinel(int look) => [901 + look];

    /// <summary>One pair of round <paramref name="round"/>: two different draws, or equal questions would get equal noise.</summary>
    public static (int Baseline, int Head) Pair(int round) => (1_001 + (2 * round), 1_002 + (2 * round));

    /// <summary>Whether a draw may be of a blessing of <paramref name="runs"/> epochs.</summary>
    public static bool IsOfBlessing(int epoch, int runs) => epoch >= 1 && epoch <= runs;

    /// <summary>Whether a draw is one of a pair.</summary>
    public static bool IsOfPair(int epoch) => epoch is > 1_000 and <= 2_000;

    /// <summary>Of a swap's proof <paramref name="n"/>, of which a cause has three at most.</summary>
    public static IReadOnlyList<int> Proof(int n, int already, int runs) => [.. Enumerable.Range(2_001 + (100 * n) + already, runs)];

    /// <summary>Of what a model asks for that forms an opinion, given how many runs it has had.</summary>
    public static IReadOnlyList<int> Ask(int already, int runs) => [.. Enumerable.Range(2_401 + already, runs)];

    /// <summary>Of attempt <paramref name="n"/>'s acceptance.</summary>
    public static IReadOnlyList<int> Accept(int n, int runs) => [.. Enumerable.Range(2_001 + (1_000 * n), runs)];

    /// <summary>Of attempt <paramref name="n"/>'s controls.</summary>
    public static IReadOnlyList<int> Control(int n, int runs) => [.. Enumerable.Range(2_501 + (1_000 * n), runs)];

    /// <summary>Of one <paramref name="side"/>, from 0, of attempt <paramref name="n"/>'s differential test.</summary>
    public static IReadOnlyList<int> Differ(int n, int side, int already, int runs) => [.. Enumerable.Range(2_701 + (1_000 * n) + (30 * side) + already, runs)];

    /// <summary>Of the <paramref name="run"/>th run of samples, from 0, that the writer of attempt <paramref name="n"/> asks for.</summary>
    public static IReadOnlyList<int> Rehearse(int n, int run) => [2_801 + (1_000 * n) + run];

    /// <summary>By which the candidates of attempt <paramref name="n"/> are ranked: never those that accept one of them.</summary>
    public static IReadOnlyList<int> Rank(int n, int runs) => [.. Enumerable.Range(2_901 + (1_000 * n), runs)];

    /// <summary>By which attempt <paramref name="n"/> holds rewritten prompts against each other: 0 for the whole set, then one a proposal.</summary>
    public static IReadOnlyList<int> Reflect(int n, int proposal) => [2_951 + (1_000 * n) + proposal];
}
