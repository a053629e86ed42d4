using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Reads the spans of one trace, in whatever dialects they came, as what happened.</summary>
/// <remarks>
/// <para>Nothing is told twice. Spans of two instrumentations that tell one model's call are one operation with the facts of both; so are a model's request for a tool and the
/// span that ran it. Tokens that a step sums up are dropped where a call below it says its own.</para>
/// <para>The spans are a stranger's: children may come without parents, parents may go in circles, every attribute may be of any type. Nothing here throws for them, and
/// the work is in proportion to their size.</para>
/// <para>What is never sent is not seen: OpenInference and Traceloop end no span for a call that failed, so a rate of errors must not be made from spans alone.</para>
/// </remarks>
public static class Traces
{
    /// <param name="version">What the sender says of its version; null when nothing.</param>
    /// <param name="spans">In any order; of one id the last counts.</param>
    public static Trace Of(TraceId id, string service, string? version, IReadOnlyList<SpanData> spans)
    {
        ArgumentNullException.ThrowIfNull(spans);
        var byId = new Dictionary<string, SpanData>();
        foreach (var span in spans) byId[span.Id.ToString()] = span;
        var nodes = OperationTree.Grow([.. byId.Values.Select(s => new OperationNode(Read(s), s.Scope))]);
        SameCall.Join(nodes, node => AsStep(byId[node.Operation.Id], node.Operation.Dialect));
        CountOnce(nodes);

        List<Operation> told = [];
        var depths = new Dictionary<string, int>();
        foreach (var node in nodes)
        {
            if (node.JoinedInto is not null) continue;
            depths[node.Operation.Id] = node.Depth;
            told.Add(node.Parent is { } parent ? node.Operation with { Parent = SameCall.Kept(parent).Operation.Id } : node.Operation);
        }
        return new Trace(id.ToString(), service, version, [.. ToolLinks.Link(told).OrderBy(o => o.Start).ThenBy(o => depths.GetValueOrDefault(o.Id, int.MaxValue))]);
    }

    /// <summary>Reads one span by the reader of its dialect.</summary>
    internal static Operation Read(SpanData span) =>
        LangSmithRuns.Speaks(span) ? LangSmithRuns.Read(span)
        : OpenInference.Speaks(span) ? OpenInference.Read(span)
        : AiSdk.Speaks(span) ? AiSdk.Read(span)
        : Traceloop.Speaks(span) ? Traceloop.Read(span)
        : OpenTelemetryGenAi.Speaks(span) ? OpenTelemetryGenAi.Read(span)
        : AsStep(span, TraceDialect.Plain);

    private static Operation AsStep(SpanData span, TraceDialect dialect) => new SpanFacts(span, dialect).ToStep();

    private static void CountOnce(IReadOnlyList<OperationNode> nodes)
    {
        foreach (var node in nodes.Reverse())
        {
            var kept = SameCall.Kept(node);
            if (kept.IsCountedBelow && kept.Operation.UsageWithin is not null) kept.Operation = kept.Operation with { UsageWithin = null };
            var counts = kept.IsCountedBelow || kept.Operation.UsageWithin is not null || kept.Operation is ModelOperation { Usage: not null };
            if (counts && node.Parent is { } parent && SameCall.Kept(parent) is var above && above != kept) above.IsCountedBelow = true;
        }
    }
}
