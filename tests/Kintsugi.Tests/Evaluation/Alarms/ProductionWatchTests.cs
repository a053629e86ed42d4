using Kintsugi.Evaluation.Alarms;

namespace Kintsugi.Tests.Evaluation.Alarms;

public class ProductionWatchTests
{
    private const int Week = 168;

    [Fact]
    public void A_version_like_the_one_before_is_no_alarm() =>
        Assert.Empty(ProductionWatch.Judge([.. Old(0, Week), .. New(Week, 24, ("a", 1))]));

    [Fact]
    public void An_error_that_nobody_had_before_alarms_after_two_whole_hours_and_is_named()
    {
        var alarm = Assert.Single(ProductionWatch.Judge([.. Old(0, Week), .. New(Week, 3, ("a", 1), ("new", 5))]));

        Assert.Equal(("2", AlarmRule.TwoHours, At(Week), At(Week + 3)), (alarm.Version, alarm.Rule, alarm.Deployed, alarm.Until));
        Assert.Equal(new RisenError("new", 10, 200, 0, 100 * Week), Assert.Single(alarm.Risen));
        Assert.True(alarm.PValue <= 0.02);
    }

    [Fact]
    public void One_bad_hour_is_no_alarm() =>
        Assert.Empty(ProductionWatch.Judge([.. Old(0, Week), .. New(Week, 1, ("a", 1)), .. New(Week + 1, 1, ("a", 1), ("new", 5)), .. New(Week + 2, 4, ("a", 1))]));

    [Fact]
    public void A_small_rise_alarms_by_the_hours_together()
    {
        var alarm = Assert.Single(ProductionWatch.Judge([.. Old(0, Week), .. New(Week, 1, ("a", 1)), .. New(Week + 1, 1, ("a", 1)), .. New(Week + 2, 100, ("a", 4))]));

        Assert.Equal(AlarmRule.Rate, alarm.Rule);
        Assert.Equal("a", Assert.Single(alarm.Risen).Signature);
        Assert.True(alarm.Until < At(Week + 60), $"{alarm.Until}");
    }

    [Fact]
    public void Of_two_versions_side_by_side_the_worse_alarms_and_an_outage_of_both_does_not()
    {
        VersionHour[] outage = [.. Old(0, 48), .. Old(48, 10, ("world", 60)), .. New(48, 10, ("world", 60))];
        Assert.DoesNotContain(ProductionWatch.Judge(outage), a => a.Rule == AlarmRule.Canary);

        var alarm = Assert.Single(ProductionWatch.Judge([.. Old(0, 48), .. Old(48, 10, ("a", 1)), .. New(48, 10, ("a", 25))]));
        Assert.Equal(AlarmRule.Canary, alarm.Rule);
        Assert.Equal(new RisenError("a", 25, 100, 1, 100), Assert.Single(alarm.Risen));
        Assert.Equal(At(50), alarm.Until); // the first hour that both served whole
    }

    [Fact]
    public void What_nobody_asked_in_an_hour_says_nothing_of_it()
    {
        List<VersionHour> nights = [.. Enumerable.Range(0, 4 * Week).Where(h => h % 24 is >= 8 and < 20).Select(h => Hour("1", h, ("a", 3)))];

        Assert.Empty(ProductionWatch.Judge([.. nights, .. Enumerable.Range(0, 24).Where(h => h is >= 8 and < 20).Select(h => Hour("2", (4 * Week) + h, ("a", 3)))]));
    }

    [Fact]
    public void A_request_of_long_before_is_no_deployment()
    {
        var alarm = Assert.Single(ProductionWatch.Judge([.. Old(0, 2 * Week), Hour("2", 20) with { Requests = 1 }, .. New(2 * Week, 3, ("a", 1), ("new", 5))]));

        Assert.Equal((At(2 * Week), AlarmRule.TwoHours), (alarm.Deployed, alarm.Rule));
    }

    [Fact]
    public void The_first_version_ever_and_one_without_a_name_are_not_judged()
    {
        Assert.Empty(ProductionWatch.Judge([.. New(0, 24, ("new", 90))]));
        Assert.Empty(ProductionWatch.Judge([.. Old(0, Week), .. New(Week, 24, ("new", 90)).Select(h => h with { Version = "" })]));
        Assert.Empty(ProductionWatch.Judge([]));
    }

    [Fact]
    public void After_a_week_a_version_is_what_is_usual() =>
        Assert.Empty(ProductionWatch.Judge([.. Old(0, Week), .. New(Week, Week + 1, ("a", 1), ("new", 5))]));

    [Fact]
    public void A_flood_of_versions_and_of_messages_is_judged_in_bounded_time()
    {
        var flood = Enumerable.Range(0, 2_000).Select(i => Hour($"build-{i}", Week + (i % 100), ("a", 1)) with { Requests = 1 });
        var messages = New(Week, 3, [.. Enumerable.Range(0, 1_000).Select(i => ($"m{i}", 1))]);

        var alarm = Assert.Single(ProductionWatch.Judge([.. Old(0, Week), .. messages, .. flood]));
        Assert.Equal(5, alarm.Risen.Count);
        Assert.Equal(new RisenError(HourCounts.Novel, 200, 200, 0, 100 * Week), alarm.Risen[0]);
    }

    private static IEnumerable<VersionHour> Old(int from, int hours) => Old(from, hours, ("a", 1));

    private static IEnumerable<VersionHour> Old(int from, int hours, params (string, int)[] errors) => Enumerable.Range(from, hours).Select(h => Hour("1", h, errors));

    private static IEnumerable<VersionHour> New(int from, int hours, params (string, int)[] errors) => Enumerable.Range(from, hours).Select(h => Hour("2", h, errors));

    private static VersionHour Hour(string version, int hour, params (string Signature, int Count)[] errors) => new(version, At(hour), 100, errors.ToDictionary(e => e.Signature, e => e.Count));

    private static DateTimeOffset At(int hour) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(hour);
}
