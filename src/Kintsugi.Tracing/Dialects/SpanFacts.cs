using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Dialects;

/// <summary>What a dialect's reader has understood of one span so far.</summary>
internal sealed class SpanFacts(SpanData span, TraceDialect dialect)
{
    public SpanData Span => span;

    public TraceDialect Dialect => dialect;

    public AttributeReader Attributes { get; } = new(span.Attributes);

    public string? Agent { get; set; }

    public string? Node { get; set; }

    public JsonNode? Input { get; set; }

    public JsonNode? Output { get; set; }

    public string? Provider { get; set; }

    public string? ModelAsked { get; set; }

    public string? ModelAnswered { get; set; }

    public IReadOnlyList<Message> Messages { get; set; } = [];

    public IReadOnlyList<Message> Answer { get; set; } = [];

    public JsonObject Settings { get; set; } = [];

    public IReadOnlyList<string> Tools { get; set; } = [];

    public TokenUsage? Usage { get; set; }

    public IReadOnlyList<string> FinishReasons { get; set; } = [];

    public string? ResponseId { get; set; }

    public TimeSpan? ToFirstToken { get; set; }

    /// <summary>Null: the attributes and events say whether it failed.</summary>
    public OperationError? Error { get; set; }

    /// <summary>Null: the attributes that were not read, and the events that say more.</summary>
    public JsonObject? Other { get; set; }

    private string Id => span.Id.ToString();

    private string? Parent => span.Parent?.ToString();

    public Operation ToStep()
    {
        var error = Error ?? SpanErrors.Of(span, Attributes);
        return new Operation(Id, Parent, span.Name, span.Start, span.Took, error, Input, Output, dialect, Rest())
        {
            Agent = Agent,
            Node = Node,
            UsageWithin = Usage,
        };
    }

    public ModelOperation ToModel()
    {
        var error = Error ?? SpanErrors.Of(span, Attributes);
        return new ModelOperation(
            Id, Parent, span.Name, span.Start, span.Took, error, Messages.Count == 0 ? Input : null, Answer.Count == 0 ? Output : null, dialect, Rest(),
            Provider, ModelAsked, ModelAnswered, Messages, Answer, Settings, Tools, Usage, FinishReasons, ResponseId, ToFirstToken)
        {
            Agent = Agent,
            Node = Node,
        };
    }

    public ToolOperation ToTool(string tool, string? callId)
    {
        var error = Error ?? SpanErrors.Of(span, Attributes);
        return new ToolOperation(Id, Parent, span.Name, span.Start, span.Took, error, Input, Output, dialect, Rest(), tool, callId) { Agent = Agent, Node = Node };
    }

    private JsonObject Rest()
    {
        if (Other is not null) return Other;
        var rest = Attributes.Rest();
        if (SpanEvents.Rest(span) is { Count: > 0 } events) rest.TryAdd("events", events);
        return rest;
    }
}
