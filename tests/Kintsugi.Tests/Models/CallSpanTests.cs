using System.Collections.Concurrent;
using System.Diagnostics;
using Kintsugi.Models;
using Kintsugi.Models.Gateway;

namespace Kintsugi.Tests.Models;

public sealed class CallSpanTests : IDisposable
{
    private readonly Activity _sample = new Activity("sample").Start(); // other tests make calls of their own meanwhile
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public CallSpanTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == CallSpan.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _sample.Dispose();
    }

    [Fact]
    public async Task A_call_is_a_client_span_in_the_fields_words_without_what_was_said()
    {
        await using var service = await StubService.StartAsync(StubService.Says("the secret answer"));
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask("the secret question"), Calls());

        var span = Span();
        Assert.Equal(("chat stub-1", ActivityKind.Client), (span.DisplayName, span.Kind));
        Assert.Equal("chat", span.GetTagItem("gen_ai.operation.name"));
        Assert.Equal("p0", span.GetTagItem("gen_ai.provider.name"));
        Assert.Equal("stub-1", span.GetTagItem("gen_ai.request.model"));
        Assert.Equal("stub-1-2026", span.GetTagItem("gen_ai.response.model"));
        Assert.Equal(["stop"], Assert.IsType<string[]>(span.GetTagItem("gen_ai.response.finish_reasons")));
        Assert.Equal(1000L, span.GetTagItem("gen_ai.usage.input_tokens"));
        Assert.Equal(100L, span.GetTagItem("gen_ai.usage.output_tokens"));
        Assert.Equal(false, span.GetTagItem("kintsugi.replayed"));
        Assert.Null(span.GetTagItem("error.type"));
        Assert.DoesNotContain(span.TagObjects, tag => $"{tag.Value}".Contains("secret", StringComparison.Ordinal));
        Assert.DoesNotContain(span.TagObjects, tag => $"{tag.Value}".Contains("held-out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_call_that_arrives_from_elsewhere_is_a_child_of_the_span_in_which_the_sample_began()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        var calls = Calls();

        Activity.Current = null;
        await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(_sample.SpanId, Span().ParentSpanId);
    }

    [Theory]
    [InlineData(503, "overloaded")]
    [InlineData(400, "bad_request")]
    public async Task A_call_that_failed_says_why(int status, string type)
    {
        await using var service = await StubService.StartAsync(StubService.Fails(status));
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask(), Calls());

        Assert.Equal(type, Span().GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, Span().Status);
    }

    [Fact]
    public async Task A_recorded_answer_is_a_span_too()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask(), Calls(Recall.Recorded));
        await rig.AskAsync(GatewayRig.Ask(), Calls(Recall.Recorded));

        Assert.Equal([false, true], Spans().Select(span => span.GetTagItem("kintsugi.replayed")));
    }

    private SampleCalls Calls(Recall recall = default)
    {
        Activity.Current = _sample;
        return new SampleCalls("held-out-7", 0, recall);
    }

    private Activity Span() => Assert.Single(Spans());

    private IReadOnlyList<Activity> Spans() => [.. _ended.Where(span => span.TraceId == _sample.TraceId)];
}
