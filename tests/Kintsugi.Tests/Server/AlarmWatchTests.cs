using Kintsugi.Evaluation.Alarms;
using Kintsugi.Server;
using Kintsugi.Storage;
using Kintsugi.Tests.Models;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Tests.Server;

public sealed class AlarmWatchTests : IAsyncDisposable
{
    private const long HourNs = 3_600_000_000_000;
    private const int Days = 9;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly string _directory = Directory.CreateTempSubdirectory("kintsugi-alarms-").FullName;
    private readonly HandClock _clock = new();
    private readonly List<(string Service, ProductionAlarm Alarm)> _raised = [];
    private readonly List<string> _said = [];
    private readonly SqliteSpanStore _store;
    private readonly SpanIntake _intake;
    private int _spans;

    public AlarmWatchTests()
    {
        _store = new SqliteSpanStore(Database.OpenSpans(Path.Combine(_directory, "traces.db")), (_, later) => later);
        _intake = new SpanIntake(_store);
        _clock.Advance(TimeSpan.FromHours(24 * Days));
    }

    public async ValueTask DisposeAsync()
    {
        await _intake.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_directory, true);
    }

    [Fact]
    public async Task A_version_with_a_new_error_alarms_once_its_second_whole_hour_is_counted()
    {
        await ServeAsync("scorer", -24 * (Days - 1), -3, "1");
        await ServeAsync("scorer", -3, 0, "2", failing: 3);

        await Watch().RoundAsync(Token);
        Assert.Empty(_raised); // the last hour is not over for ten minutes yet
        _clock.Advance(TimeSpan.FromMinutes(10));
        await Watch().RoundAsync(Token);

        var (service, alarm) = Assert.Single(_raised);
        Assert.Equal(("scorer", "2", AlarmRule.TwoHours), (service, alarm.Version, alarm.Rule));
        Assert.Equal(new RisenError("ee", 6, 20, 0, 10 * ((24 * (Days - 1)) - 3)), Assert.Single(alarm.Risen));
    }

    [Fact]
    public async Task What_was_counted_outlives_the_spans()
    {
        await ServeAsync("scorer", -24 * (Days - 1), 0, "1");
        _clock.Advance(TimeSpan.FromMinutes(10));
        await Watch().RoundAsync(Token);
        await _store.TrimAsync(long.MaxValue, null, Token);

        _clock.Advance(TimeSpan.FromHours(4));
        await ServeAsync("scorer", -4, 0, "2", failing: 3);
        await Watch().RoundAsync(Token);

        Assert.Equal("2", Assert.Single(_raised).Alarm.Version);
    }

    [Fact]
    public async Task Runs_that_end_long_after_their_hour_are_counted_when_they_arrive_and_what_is_gone_meanwhile_stays_counted()
    {
        var watch = Watch();
        await ServeAsync("scorer", -24 * (Days - 1), -3, "1");
        await ServeAsync("scorer", -3, 0, "2");
        _clock.Advance(TimeSpan.FromMinutes(10));
        await watch.RoundAsync(Token);
        Assert.Empty(_raised);

        await _store.TrimAsync(long.MaxValue, null, Token);
        await ServeAsync("scorer", -3, 0, "2", failing: 3, only: 3);
        await watch.RoundAsync(Token);

        Assert.Equal((6, 20), (Assert.Single(_raised).Alarm.Risen[0].Count, _raised[0].Alarm.Risen[0].Requests));
    }

    [Fact]
    public async Task Services_that_call_no_model_and_this_product_itself_are_not_watched()
    {
        foreach (var (service, role) in new[] { ("web", SpanRole.Other), ("kintsugi", SpanRole.Model) })
        {
            await ServeAsync(service, -24 * (Days - 1), -3, "1", role: role);
            await ServeAsync(service, -3, 0, "2", failing: 3, role: role);
        }
        _clock.Advance(TimeSpan.FromMinutes(10));

        await Watch().RoundAsync(Token);

        Assert.Empty(_raised);
    }

    [Fact]
    public async Task A_service_that_does_not_say_its_version_is_named_once()
    {
        var watch = Watch();
        await ServeAsync("scorer", -2, -1, null);
        await watch.RoundAsync(Token);
        await ServeAsync("scorer", -2, -1, null);
        await watch.RoundAsync(Token);

        Assert.Contains("the service 'scorer' does not say its version", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_sampled_away_before_it_is_counted()
    {
        await ServeAsync("scorer", -1, 0, "1");

        Assert.Equal(_clock.GetUtcNow().AddHours(-1), await Watch().RoundAsync(Token));
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(_clock.GetUtcNow().AddMinutes(-10), await Watch().RoundAsync(Token));
    }

    private AlarmWatch Watch() => new(_store, _intake.Arrived, new AlarmPlace(Database.OpenSpans(Path.Combine(_directory, "traces.db")), [], (service, alarm, _) =>
    {
        _raised.Add((service, alarm));
        return Task.CompletedTask;
    }), _clock, _said.Add);

    /// <summary>Ten requests an hour, each a root and a call, in the hours from now.</summary>
    /// <param name="failing">So many of each ten fail, the first of them.</param>
    /// <param name="only">So many of the ten arrive.</param>
    private async Task ServeAsync(string service, int from, int to, string? version, int failing = 0, int only = 10, SpanRole role = SpanRole.Model)
    {
        List<SpanRow> spans = [];
        var source = new SpanSource(service, version, "x", "{}");
        var now = _clock.GetUtcNow().ToUnixTimeSeconds() / 3600 * HourNs;
        for (var hour = from; hour < to; hour++)
        {
            for (var request = 0; request < only; request++)
            {
                var (trace, start) = (new TraceId((UInt128)(++_spans)), now + (hour * HourNs) + request);
                spans.Add(new SpanRow(trace, new SpanId(1), null, source, "ask", SpanRole.Agent, start, 5, request < failing ? "ee" : null, null, SpanFormat.OtlpProtobuf, new byte[] { 1 }));
                spans.Add(new SpanRow(trace, new SpanId(2), new SpanId(1), source, "chat", role, start, 5, null, null, SpanFormat.OtlpProtobuf, new byte[] { 1 }));
            }
        }
        Assert.True(await _intake.TryWriteAsync(spans, [], Token));
    }
}
