using Kintsugi.Evaluation.Agents;
using Kintsugi.Tests.Models;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Evaluation.Agents;

/// <summary>Which of an agent's spans are a sample's, and how long they are waited for. The clock stands until it is moved.</summary>
public class SampleSpansTests
{
    private static readonly SpanSource Source = new("desk", null, "gen_ai", "{}");

    private readonly HandClock _clock = new();
    private readonly SpanHabit _habit = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_span_that_began_before_the_sample_or_comes_after_its_end_is_left_out()
    {
        var spans = new SampleSpans(_clock);
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        await spans.TryWriteAsync([Span(1, now - 1), Span(2, now)], [], isBegun: false, Stop);

        var told = spans.Close();
        var taken = await spans.TryWriteAsync([Span(3, now)], [], isBegun: false, Stop);

        Assert.Equal([Id(2)], Assert.Single(told.Traces).Operations.Select(o => o.Id));
        Assert.Equal("1 span(s) of its own began before the sample, and are left out.", Assert.Single(told.Notes));
        Assert.True(taken); // or the agent would send it again
        Assert.Single(spans.Close().Traces[0].Operations);
    }

    [Fact]
    public async Task Spans_are_kept_up_to_a_size_and_what_is_left_out_is_said()
    {
        var spans = new SampleSpans(_clock);

        for (var i = 1; i <= 9; i++) await spans.TryWriteAsync([Span(i, long.MaxValue, bytes: 1 << 19)], [], isBegun: false, Stop);

        Assert.False(spans.Takes);
        var told = spans.Close();
        Assert.Equal(7, told.Traces.Sum(t => t.Operations.Count));
        Assert.StartsWith("Its own spans are more than", Assert.Single(told.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_sends_none_is_waited_for_once()
    {
        var first = Answered();
        var waiting = first.SettledAsync(Stop);
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        await waiting;
        first.Close();

        Assert.True(Answered().SettledAsync(Stop).IsCompleted);
    }

    [Fact]
    public async Task The_last_spans_of_an_answered_sample_end_the_wait()
    {
        _habit.Sent(nothing: false);
        var spans = Answered();
        var waiting = spans.SettledAsync(Stop);

        _clock.Advance(TimeSpan.FromMilliseconds(20));
        using (spans.Begin()) await spans.TryWriteAsync([Span(1, long.MaxValue)], [], isBegun: false, Stop);
        _clock.Advance(TimeSpan.FromMilliseconds(60));

        await waiting;
        Assert.Single(spans.Close().Traces);
    }

    [Fact]
    public async Task A_trace_whose_root_has_not_come_is_waited_for_and_not_for_ever()
    {
        _habit.Sent(nothing: false);
        var spans = Answered();
        var waiting = spans.SettledAsync(Stop);

        using (spans.Begin()) await spans.TryWriteAsync([Span(2, long.MaxValue, parent: 1)], [], isBegun: false, Stop);
        _clock.Advance(TimeSpan.FromMilliseconds(900));
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(100));

        await waiting;
    }

    [Fact]
    public void An_agent_whose_process_is_gone_is_not_waited_for()
    {
        var spans = new SampleSpans(_clock);
        spans.SentAs(_habit);

        Assert.True(spans.SettledAsync(Stop).IsCompleted);
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_and_ends_nothing()
    {
        var spans = new SampleSpans(_clock);
        await spans.TryWriteAsync([Span(1, long.MaxValue) with { Body = new byte[] { 0xff, 0xff, 0xff } }], [], isBegun: false, Stop);

        var told = spans.Close();

        Assert.Empty(told.Traces);
        Assert.StartsWith("Its own spans cannot be read", Assert.Single(told.Notes), StringComparison.Ordinal);
    }

    private SampleSpans Answered()
    {
        var spans = new SampleSpans(_clock);
        spans.SentAs(_habit);
        spans.Answered();
        return spans;
    }

    private static string Id(int n) => new SpanId((UInt128)n).ToString();

    private static SpanRow Span(int id, long startNs, int? parent = null, int bytes = 0) => new(
        new TraceId(7), new SpanId((UInt128)id), parent is { } p ? new SpanId((UInt128)p) : null, Source, "work", SpanRole.Other, startNs, 1, null, null, SpanFormat.OtlpJson,
        System.Text.Encoding.UTF8.GetBytes($$$"""{"traceId":"00000000000000000000000000000007","spanId":"{{{Id(id)}}}","name":"work","startTimeUnixNano":"1795000000000000000","endTimeUnixNano":"1795000000000000001","attributes":[{"key":"a","value":{"stringValue":"{{{new string('x', bytes)}}}"}}]}"""));
}
