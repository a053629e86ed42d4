using System.Text.Json;
using Kintsugi.Cli.Demo;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Bench;

/// <summary>How the heal of a scenario ended, as its document and the repository say afterwards.</summary>
/// <param name="Cause">Null when nothing was diagnosed.</param>
/// <param name="Culprits">The culprit and, after it, other sets that suffice as well.</param>
/// <param name="Search">What the culprit search alone has cost.</param>
public sealed record ScenarioRun(
    DemoScenario Scenario, int Seed, int ExitStatus, string? Cause, string Action, string Outcome, IReadOnlyList<IReadOnlySet<DemoHunk>> Culprits,
    bool Proposes, IReadOnlyList<string> Fixes, int AgentRuns, int ModelCalls, int LiveModelCalls, RunCost Search, TimeSpan Took)
{
    public bool OutcomeIsRight => Outcome == Scenario.Expected.Outcome && Action == Scenario.Expected.Action && Proposes == (Fixes.Count == 1) && Fixes.Count <= 1;

    public bool CauseIsRight => Cause == Scenario.Expected.Cause;

    /// <summary>Exactly the breaking hunks; where two break only together, either of them, and the other is said to suffice as well.</summary>
    public bool CulpritIsRight => Scenario.Name == "both"
        ? Culprits.Count == 2 && Culprits.All(set => set.Count == 1) && Culprits.SelectMany(set => set).ToHashSet().SetEquals(Expected)
        : Scenario.Culprit.Count == 0 ? Culprits is [] or [{ Count: 0 }] : Culprits is [var only] && only.SetEquals(Expected);

    /// <summary>A fix was proposed where none was called for.</summary>
    public bool IsFalseProposal => Scenario.Expected.Outcome != "proposed" && (Proposes || Fixes.Count > 0);

    private IEnumerable<DemoHunk> Expected => Scenario.Culprit.Select(Trimmed);

    /// <summary>Makes the scenario's repository and heals it.</summary>
    public static async Task<(ScenarioRun Run, DemoFolder Folder)> RunAsync(DemoScenario scenario, int seed, string path, CancellationToken cancellationToken)
    {
        var folder = await DemoFolder.MakeAsync(path, scenario.Name, seed, cancellationToken);
        var end = await folder.Heal(seed).RunAsync(cancellationToken);
        var told = end.Document;
        var diagnosis = told.GetProperty("diagnosis");
        var isDiagnosed = diagnosis.ValueKind != JsonValueKind.Null;
        var cost = told.GetProperty("cost");
        return (new ScenarioRun(
            scenario, seed, end.ExitStatus,
            isDiagnosed ? diagnosis.GetProperty("cause").GetString() : null,
            isDiagnosed ? diagnosis.GetProperty("action").GetString()! : "none",
            told.GetProperty("outcome").GetString()!,
            isDiagnosed ? [Hunks(diagnosis.GetProperty("culprit")), .. diagnosis.GetProperty("also_sufficient").EnumerateArray().Select(Hunks)] : [],
            told.GetProperty("proposal").ValueKind != JsonValueKind.Null,
            await folder.FixesAsync(cancellationToken),
            cost.GetProperty("agent_runs").GetInt32(), cost.GetProperty("model_calls").GetInt32(), cost.GetProperty("live_model_calls").GetInt32(),
            IncidentReports.SearchCost(folder.Incidents().Single()), end.Took), folder);
    }

    private static HashSet<DemoHunk> Hunks(JsonElement hunks) => [.. hunks.EnumerateArray().Select(h => new DemoHunk(
        h.GetProperty("file").GetString()!, Lines(h.GetProperty("removed")), Lines(h.GetProperty("added"))))];

    private static string Lines(JsonElement lines) => string.Concat(lines.EnumerateArray().Select(l => l.GetString() + "\n"));

    /// <summary>Without the lines at both ends that the edit repeats: a diff does not show them.</summary>
    private static DemoHunk Trimmed(DemoHunk hunk)
    {
        List<string> removed = [.. hunk.Removed.Split('\n')[..^1]], added = [.. hunk.Added.Split('\n')[..^1]];
        while (removed.Count > 0 && added.Count > 0 && removed[0] == added[0]) (removed, added) = (removed[1..], added[1..]);
        while (removed.Count > 0 && added.Count > 0 && removed[^1] == added[^1]) (removed, added) = (removed[..^1], added[..^1]);
        return hunk with { Removed = string.Concat(removed.Select(l => l + "\n")), Added = string.Concat(added.Select(l => l + "\n")) };
    }
}
