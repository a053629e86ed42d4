using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tracing;

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_others_read_counts_held_out_samples_and_does_not_name_them(bool hides)
    {
        SampleRecord[] records = [new("seen-1", false, "1", "0"), new("secret-2", true, "1", "0")];
        var evaluated = Evaluated(null) with { Records = records, Run = new EvalRun("r", "eval", [Failed("seen-1", "why one"), Failed("secret-2", "why two")], RunCost.None, TimeSpan.Zero, null), Version = new Commit(new string('c', 40), "t", [], "a", DateTimeOffset.UnixEpoch, "s") };
        using var output = new StringWriter();

        EvalTable.Write(output, evaluated, all: true, hides);

        Assert.Contains("why one", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(!hides, output.ToString().Contains("secret-2", StringComparison.Ordinal));
        Assert.Equal(!hides, output.ToString().Contains("why two", StringComparison.Ordinal));
        Assert.Equal(hides, output.ToString().Contains("1 of 1 held-out samples failed a run", StringComparison.Ordinal));
    }

    private static SampleResult Failed(string sample, string why) => new(sample, 1, Outcome.Failed, null, new AgentError("exit", why), null, [], TimeSpan.Zero, RunCost.None, Trajectory.Empty);

    private static EvaluatedVersion Evaluated(VerdictView? verdict) => new(
        new Commit("c", "t", [], "a", DateTimeOffset.UnixEpoch, "s"), new Dataset([], []), Records, new EvalRun("r", "eval", [], RunCost.None, TimeSpan.Zero, null), verdict, default, null, []);
}
