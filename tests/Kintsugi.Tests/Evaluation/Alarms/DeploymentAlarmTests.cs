using Kintsugi.Evaluation.Alarms;

namespace Kintsugi.Tests.Evaluation.Alarms;

public class DeploymentAlarmTests
{
    [Fact]
    public void An_hour_like_all_others_ties_with_them_all()
    {
        var verdict = DeploymentAlarm.Judge(Hours.Steady(("a", 1)), Hours.At(168, ("a", 1)));

        Assert.Equal(49, verdict.References); // seven hours of the day on seven days
        Assert.Equal(1, verdict.PValue);
        Assert.False(verdict.Alarm);
        Assert.Empty(verdict.Suspects);
    }

    [Fact]
    public void The_worst_of_fifty_hours_has_p_one_fiftieth_and_names_what_rose()
    {
        var verdict = DeploymentAlarm.Judge(Hours.Steady(("a", 1), ("b", 3)), Hours.At(168, ("a", 9), ("b", 3)));

        Assert.Equal(1 / 50.0, verdict.PValue, 12);
        Assert.True(verdict.Alarm);
        Assert.Equal(new SuspectSignature("a", 9, 1, 1 / 50.0), Assert.Single(verdict.Suspects));
    }

    [Fact]
    public void A_fall_is_no_alarm() =>
        Assert.Equal(1, DeploymentAlarm.Judge(Hours.Steady(("a", 5)), Hours.At(168, ("a", 0))).PValue);

    [Fact]
    public void The_rank_counts_the_references_that_are_at_least_as_bad()
    {
        var history = Hours.Steady(("a", 1));
        history[24] = Hours.At(24, ("a", 20));
        history[48] = Hours.At(48, ("a", 20));

        Assert.Equal(3 / 50.0, DeploymentAlarm.Judge(history, Hours.At(168, ("a", 9))).PValue, 12);
    }

    [Fact]
    public void Messages_never_seen_before_count_together()
    {
        var errors = Enumerable.Range(0, 12).Select(i => ($"new {i:00}", 1)).ToArray();

        var verdict = DeploymentAlarm.Judge(Hours.Steady(("a", 1)), Hours.At(168, [("a", 1), .. errors]));

        Assert.True(verdict.Alarm);
        Assert.Equal(12, Assert.Single(verdict.Suspects, s => s.Signature == HourCounts.Novel).Errors);
        Assert.Equal(12, verdict.NovelSignatures.Count);
    }

    [Fact]
    public void What_only_an_unmatched_hour_has_is_not_novel()
    {
        var history = Hours.Steady(("a", 1));
        history[12] = Hours.At(12, ("a", 1), ("b", 1));

        Assert.Empty(DeploymentAlarm.Judge(history, Hours.At(168, ("a", 1), ("b", 1))).NovelSignatures);
    }

    [Fact]
    public void Where_every_hour_brings_messages_of_its_own_novelty_is_no_alarm()
    {
        var history = Enumerable.Range(0, 168).Select(hour => Hours.At(hour, ($"once {hour}", 2), ("a", 1))).ToList();

        Assert.False(DeploymentAlarm.Judge(history, Hours.At(168, ("once 168", 2), ("a", 1))).Alarm);
    }

    [Fact]
    public void Counts_of_any_size_are_ranked()
    {
        var verdict = DeploymentAlarm.Judge(Hours.Steady(("a", 1), ("b", 50_000_000)), Hours.At(168, ("a", 1_000_000_000), ("b", 50_000_000)));

        Assert.Equal("a", Assert.Single(verdict.Suspects).Signature);
    }

    [Fact]
    public void Without_history_there_is_no_alarm()
    {
        var verdict = DeploymentAlarm.Judge([], Hours.At(0, ("a", 1000)));

        Assert.Equal((false, 1.0, 0), (verdict.Alarm, verdict.PValue, verdict.References));
    }

    [Fact]
    public void Impossible_counts_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DeploymentAlarm.Judge(Hours.Steady(("a", 1)), Hours.At(168, ("a", -1))));

    /// <summary>A seeded slice of the bench: the claims with three standard errors.</summary>
    [Fact]
    public void Unchanged_deployments_alarm_in_at_most_five_percent_and_eight_errors_an_hour_are_seen_in_three_of_five()
    {
        var random = new Random(1);
        int mistaken = 0, seen = 0;
        for (var deployment = 0; deployment < 400; deployment++)
        {
            var stream = new ErrorStream(random);
            var history = stream.Week();
            var hour = 168 + random.Next(24);
            mistaken += DeploymentAlarm.Judge(history, stream.Hour(hour)).Alarm ? 1 : 0;
            seen += DeploymentAlarm.Judge(history, stream.Hour(hour, added: 8)).Alarm ? 1 : 0;
        }

        Assert.InRange(mistaken, 0, 400 * 0.083);
        Assert.InRange(seen, 400 * 0.6, 400);
    }
}
