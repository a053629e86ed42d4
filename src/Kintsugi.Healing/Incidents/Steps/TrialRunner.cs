using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What a version that was tried is.</summary>
/// <param name="Outcome">Unresolved when it does not build or start although head does: that says nothing about the regression.</param>
/// <param name="BadProbability">Posterior probability that it is bad, from even odds; near ½ where the runs ended before they told.</param>
/// <param name="Passed">Of <paramref name="Runs"/>, those that were paid for before included.</param>
internal sealed record TrialTold(TrialOutcome Outcome, double BadProbability, int Passed, int Runs, RunCost Cost, TimeSpan Took);

/// <summary>Runs a version on the trial samples until <see cref="TrialTest"/> decides whether it is good or bad.</summary>
/// <param name="draws">Epochs of the next runs of a sample, given how many it has had and how many it is to have.</param>
internal sealed class TrialRunner(
    IncidentState state, HealContext context, string tree, IReadOnlyList<TrialSample> known, double error, Recall recall, Func<int, int, IReadOnlyList<int>> draws)
{
    /// <summary>Runs of a sample after which a trial takes the likelier answer.</summary>
    public const int MostRuns = 24;

    private readonly IReadOnlyList<Sample> _samples = [.. known.Select(k => context.SampleOf(k.SampleId))];

    /// <param name="paid">Runs of each sample of that very version which are known already.</param>
    public async Task<TrialTold> RunAsync(IReadOnlyList<TrialRuns> paid, CancellationToken cancellationToken)
    {
        var runs = paid.ToList();
        var (cost, took) = (RunCost.None, TimeSpan.Zero);
        while (true)
        {
            var decision = TrialTest.Decide(known, runs, error, MostRuns);
            var (passed, failed) = (runs.Sum(r => r.Passes), runs.Sum(r => r.Failures));
            if (decision.Outcome is { } outcome) return new TrialTold(outcome, decision.BadProbability, passed, passed + failed, cost, took);

            foreach (var equal in decision.Samples.GroupBy(i => runs[i].Passes + runs[i].Failures).ToList())
            {
                var run = await context.Stand.RunAsync(
                    new StandVersion(context.Head.Id, tree), [.. equal.Select(i => _samples[i])], draws(equal.Key, decision.MoreRuns), recall, "search", cancellationToken);
                (cost, took) = (cost + run.Cost, took + run.Duration);
                if (run.StartFailure is not null && state.Looks[^1].StartFailure is null)
                    return new TrialTold(TrialOutcome.Unresolved, 0.5, passed, run.Results.Count, cost, took);
                if (LookRunner.SaysNothing(run)) throw LookRunner.Down(run, $"The search goes on where it was with `kintsugi incident resume {state.Incident}`.");
                foreach (var i in equal)
                {
                    var own = run.Results.Where(r => r.SampleId == _samples[i].Id).ToList();
                    runs[i] = new TrialRuns(runs[i].Failures + own.Count(r => r.Outcome == Outcome.Failed), runs[i].Passes + own.Count(r => r.Outcome == Outcome.Passed));
                }
            }
        }
    }
}
