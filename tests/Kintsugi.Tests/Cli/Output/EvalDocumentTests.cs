using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Tests.Cli.Output;

public class EvalDocumentTests
{
    private static readonly SampleRecord[] Records = [new("old", false, "11111", "1"), new("new", false, "", "0")];

    [Fact]
    public void Both_rates_are_of_the_samples_that_were_compared()
    {
        var document = EvalDocument.From(Evaluated(new VerdictView(VerdictKind.Healthy, "", "", IncidentReports.RateOf(["11111"]), IncidentReports.RateOf(["1"]), 2, 0, 0)));

        Assert.Equal((5, 5, 1, 1), (document.Baseline!.Passed, document.Baseline.Runs, document.Candidate.Passed, document.Candidate.Runs));
    }

    [Fact]
    public void Without_a_baseline_the_rate_is_of_all_samples() => Assert.Equal(2, EvalDocument.From(Evaluated(null)).Candidate.Runs);

    private static EvaluatedVersion Evaluated(VerdictView? verdict) => new(
        new Commit("c", "t", [], "a", DateTimeOffset.UnixEpoch, "s"), new Dataset([], []), Records, new EvalRun("r", "eval", [], RunCost.None, TimeSpan.Zero, null), verdict, default, null, []);
}
