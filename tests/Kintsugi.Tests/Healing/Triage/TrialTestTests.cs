using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Triage;

public class TrialTestTests
{
    private static readonly SampleCounts Clear = new("a", 0, 5, 5, 5);

    [Fact]
    public void The_samples_chosen_are_those_that_tell_the_versions_apart_best()
    {
        var chosen = TrialSamples.Choose([new("steady", 0, 5, 0, 5), new("some", 1, 5, 3, 5), Clear, new("better", 4, 5, 1, 5)], 3);

        Assert.Equal(["a", "some"], chosen.Select(s => s.SampleId));
    }

    [Fact]
    public void Steady_samples_are_decided_in_one_or_two_runs()
    {
        var samples = TrialSamples.Choose([.. Enumerable.Range(0, 5).Select(i => Clear with { SampleId = $"{i}" })], 5);

        Assert.Equal(TrialOutcome.Good, TrialTest.Decide(samples, Runs(5, new(0, 2)), 0.02, 20).Outcome);
        Assert.Equal(TrialOutcome.Bad, TrialTest.Decide(samples, Runs(5, new(2, 0)), 0.02, 20).Outcome);
        Assert.InRange(TrialTest.Decide(samples, Runs(5, new(0, 0)), 0.02, 20).MoreRuns, 1, 2);
    }

    [Fact]
    public void One_failure_among_passes_is_run_again_before_it_counts()
    {
        List<TrialSample> samples = [.. TrialSamples.Choose([.. Enumerable.Range(0, 60).Select(i => new SampleCounts($"{i}", i == 59 ? 1 : 0, 5, i % 2, 1))], 10).Take(3)];

        var accident = TrialTest.Decide(samples, [new(0, 1), new(1, 0), new(0, 1)], 0.02, 24);

        Assert.Null(accident.Outcome);
        Assert.Equal([1], accident.Samples);
        Assert.Equal(TrialOutcome.Good, TrialTest.Decide(samples, [new(0, 1), new(1, 12), new(0, 1)], 0.02, 24).Outcome);
        Assert.Equal(TrialOutcome.Bad, TrialTest.Decide(samples, [new(0, 1), new(2, 0), new(0, 1)], 0.02, 24).Outcome);
    }

    [Fact]
    public void A_version_that_mends_only_some_of_the_samples_is_bad()
    {
        var samples = TrialSamples.Choose([.. Enumerable.Range(0, 4).Select(i => Clear with { SampleId = $"{i}" })], 4);

        Assert.Equal(TrialOutcome.Bad, TrialTest.Decide(samples, [new(3, 0), new(0, 3), new(0, 3), new(0, 3)], 0.02, 20).Outcome);
    }

    [Fact]
    public void Wrong_decisions_stay_within_the_error_when_rates_are_drawn_from_what_is_known()
    {
        var random = new Random(11);
        var wrong = 0;
        for (var trial = 0; trial < 1000; trial++)
        {
            var samples = TrialSamples.Choose([.. Enumerable.Range(0, 3).Select(i => new SampleCounts($"{i}", 10, 100, 16, 20))], 3);
            var bad = trial % 2 == 0;
            var runs = Runs(3, new(0, 0));
            TrialDecision decision;
            while ((decision = TrialTest.Decide(samples, runs, 0.02, 60)).Outcome is null)
            {
                runs = [.. runs.Select((r, i) =>
                {
                    if (!decision.Samples.Contains(i)) return r;
                    var failures = Enumerable.Range(0, decision.MoreRuns).Count(_ => random.NextDouble() < (bad ? 0.8 : 0.1));
                    return new TrialRuns(r.Failures + failures, r.Passes + decision.MoreRuns - failures);
                })];
            }

            wrong += decision.Outcome == (bad ? TrialOutcome.Bad : TrialOutcome.Good) ? 0 : 1;
        }

        Assert.InRange(wrong, 0, 30);
    }

    private static List<TrialRuns> Runs(int samples, TrialRuns each) => [.. Enumerable.Repeat(each, samples)];
}
