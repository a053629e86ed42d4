using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Running;

/// <summary>The results of a run as they come in: kept, stored, counted.</summary>
/// <param name="most">Runs at most.</param>
internal sealed class RunLedger(int most, ResultWriter writer, IProgress<EvalProgress>? progress, TimeProvider clock)
{
    private const int MostWhole = 1000;
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly List<SampleResult?> _results = [];
    private readonly int[] _counts = new int[3];
    private readonly long _started = clock.GetTimestamp();
    private long _reported = clock.GetTimestamp();

    public RunCost Cost { get; private set; } = RunCost.None;

    public TimeSpan Elapsed => clock.GetElapsedTime(_started);

    /// <summary>In the order of the plan; those missing of a run that was cut short.</summary>
    public IReadOnlyList<SampleResult> Results
    {
        get { lock (_lock) return [.. _results.OfType<SampleResult>()]; }
    }

    /// <summary>Makes places for more runs.</summary>
    /// <returns>The first of them.</returns>
    public int Plan(int runs)
    {
        lock (_lock)
        {
            _results.AddRange(Enumerable.Repeat<SampleResult?>(null, runs));
            return _results.Count - runs;
        }
    }

    /// <param name="index">Place in the plan; a second result of the same place takes the place of the first.</param>
    public async ValueTask AddAsync(int index, SampleResult result, CancellationToken cancellationToken)
    {
        var cut = ResultBounds.Cut(result);
        EvalProgress? report;
        lock (_lock)
        {
            if (_results[index] is { } earlier) _counts[(int)earlier.Outcome]--;
            _counts[(int)result.Outcome]++;
            _results[index] = index < MostWhole ? cut : Slim(cut);
            report = Report();
        }
        await writer.AddAsync(cut, cancellationToken);
        if (report is not null) progress!.Report(report);
    }

    /// <summary>What was spent, also on runs that gave no result.</summary>
    public void Spend(RunCost cost)
    {
        lock (_lock) Cost += cost;
    }

    /// <summary>Ten thousand trajectories are for the store, not for the memory; nor does anybody ask again what a sample answered that passed. Advice is counted over all of them.</summary>
    private static SampleResult Slim(SampleResult result) => result.Outcome == Outcome.Passed
        ? result with { Trajectory = Trajectory.Empty, Output = null, Scores = [.. result.Scores.Where(s => s.Advisory)] }
        : result with { Trajectory = Trajectory.Empty };

    private EvalProgress? Report()
    {
        var done = _counts.Sum();
        if (progress is null || (done < most && clock.GetElapsedTime(_reported) < BetweenReports)) return null;
        _reported = clock.GetTimestamp();
        return new EvalProgress(
            done, most, _counts[(int)Outcome.Passed], _counts[(int)Outcome.Failed], _counts[(int)Outcome.World], Elapsed);
    }
}
