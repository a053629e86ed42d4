using Kintsugi.Evaluation.Alarms;

namespace Kintsugi.Tests.Evaluation.Alarms;

public class CanaryTestTests
{
    [Fact]
    public void One_hour_of_one_signature_is_Fishers_exact_test() // all three errors on the candidate: C(10,3) / C(20,3)
    {
        var verdict = CanaryTest.Judge([Hour(10, 10, [("a", 3, 0)])], alpha: 0.2);

        Assert.Equal(new CanarySignature("a", 3, 0, 120 / 1140.0), Assert.Single(verdict.Risen) with { PValue = 120 / 1140.0 });
        Assert.Equal(120 / 1140.0, verdict.Risen[0].PValue, 12);
    }

    [Fact]
    public void An_outage_that_hits_both_versions_is_no_alarm() =>
        Assert.False(CanaryTest.Judge([Hour(100, 100, [("a", 1, 1)]), Hour(100, 100, [("a", 60, 60)])]).Alarm);

    [Fact]
    public void Hours_are_compared_within_themselves() // the candidate got most of its traffic in the bad hour, which was as bad for both
        => Assert.False(CanaryTest.Judge([Hour(10, 1000, [("a", 0, 1)]), Hour(1000, 10, [("a", 500, 5)])]).Alarm);

    [Fact]
    public void Errors_that_could_not_be_shown_do_not_hide_one_that_can()
    {
        var singles = Enumerable.Range(0, 500).Select(i => ($"once {i}", 1, 0));

        var verdict = CanaryTest.Judge([Hour(1000, 1000, [("a", 12, 0), .. singles])]);

        Assert.Equal(1, verdict.Tested);
        Assert.Equal("a", Assert.Single(verdict.Risen).Signature);
    }

    [Fact]
    public void Alpha_is_shared_by_as_many_as_can_reach_their_share() // two reach 0.05, one of them 0.05 / 2
        => Assert.Equal(2, CanaryTest.Tested([0.001, 0.04, 0.9], 0.05));

    [Fact]
    public void More_errors_than_requests_are_refused() =>
        Assert.Throws<ArgumentException>(() => CanaryTest.Judge([Hour(1, 10, [("a", 2, 0)])]));

    [Fact]
    public void Versions_that_fail_alike_alarm_in_at_most_five_percent()
    {
        var random = new Random(3);
        var alarms = 0;
        for (var canary = 0; canary < 300; canary++)
        {
            var errors = Enumerable.Range(0, 10).Select(s => ($"s{s}", Errors(200), Errors(800))).ToArray();
            alarms += CanaryTest.Judge([Hour(200, 800, errors)]).Alarm ? 1 : 0;
        }

        Assert.InRange(alarms, 0, 300 * 0.088);

        int Errors(int requests) => Enumerable.Range(0, requests).Count(_ => random.NextDouble() < 0.02);
    }

    private static CanaryHour Hour(int candidate, int control, (string Signature, int Candidate, int Control)[] errors) =>
        new(candidate, control, errors.ToDictionary(e => e.Signature, e => e.Candidate), errors.ToDictionary(e => e.Signature, e => e.Control));
}
