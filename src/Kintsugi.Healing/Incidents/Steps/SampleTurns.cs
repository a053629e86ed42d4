using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Gives out the trial samples in turn, a few at a time, each turn with the draws that may be recalled.</summary>
/// <remarks>Both failure rates start from the runs already paid for on exactly these samples: without that warm start a search has no direction.</remarks>
internal sealed class SampleTurns
{
    /// <summary>Runs of a query that providers have to answer: each is paid for.</summary>
    private const int RunsAtOnce = 2;

    private readonly HealContext _context;
    private readonly IReadOnlyList<Sample> _samples;
    private readonly IReadOnlyList<Sample> _all;
    private readonly Dictionary<string, int> _turns = [];

    public SampleTurns(IncidentState state, HealContext context)
    {
        _context = context;
        _samples = [.. state.Diff!.Samples.Select(context.SampleOf)];
        _all = [.. LookRunner.Suspects(state.Looks[^1]).Select(c => context.SampleOf(c.SampleId))];
        var records = state.Looks[^1].Counts.ToDictionary(c => c.SampleId);
        string before = string.Concat(state.Diff.Samples.Select(s => records[s].Baseline)), now = string.Concat(state.Diff.Samples.Select(s => records[s].Head));
        Old = RunPrior.FromRuns(Outcomes.Failures(before), Outcomes.Runs(before) - Outcomes.Failures(before));
        New = RunPrior.FromRuns(Outcomes.Failures(now), Outcomes.Runs(now) - Outcomes.Failures(now));
    }

    public RunPrior Old { get; }

    /// <summary>Runs given out so far by <see cref="RunNextAsync"/>.</summary>
    public int Asked { get; private set; }

    public RunPrior New { get; }

    /// <summary>All visible failing samples, once: for versions whose questions recordings can answer.</summary>
    public Task<EvalRun> RunAllAsync(StandVersion version, CancellationToken cancellationToken) =>
        _context.Stand.RunAsync(version, _all, Draws.Look(0, 1), Recall.Recorded, "search", cancellationToken);

    /// <summary>The next few samples of that version: each version begins with the same ones, so that what one has asked another may recall.</summary>
    public Task<EvalRun> RunNextAsync(StandVersion version, CancellationToken cancellationToken)
    {
        var turn = _turns.GetValueOrDefault(version.Tree);
        List<Sample> samples = [.. Enumerable.Range(0, Math.Min(RunsAtOnce, _samples.Count)).Select(i => _samples[(turn + i) % _samples.Count])];
        _turns[version.Tree] = turn + samples.Count;
        Asked += samples.Count;
        return _context.Stand.RunAsync(version, samples, Draws.Look(turn / _samples.Count, 1), Recall.Recorded, "search", cancellationToken);
    }
}
