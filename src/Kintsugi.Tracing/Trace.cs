using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Kintsugi.Tracing;

/// <summary>One request to an agent as its traces tell it, in one spelling whatever sent them. Everything in it is a stranger's words.</summary>
/// <param name="Id">32 hexadecimal digits.</param>
/// <param name="Version">What the sender says of its version; null when nothing.</param>
/// <param name="Operations">In the order in which they began; a parent stands before its children where both began at once.</param>
public sealed record Trace(string Id, string Service, string? Version, IReadOnlyList<Operation> Operations)
{
    /// <summary>The operation that no other contains; the first of them, when a trace came in pieces. Null for a trace without operations.</summary>
    public Operation? Root
    {
        get
        {
            if (Operations.Count > 0 && Operations[0].Parent is null) return Operations[0];
            var known = Operations.Select(o => o.Id).ToHashSet();
            return Operations.FirstOrDefault(o => o.Parent is null || !known.Contains(o.Parent));
        }
    }

    public IEnumerable<ModelOperation> ModelCalls => Operations.OfType<ModelOperation>();

    public IEnumerable<ToolOperation> ToolCalls => Operations.OfType<ToolOperation>();

    /// <summary>The first error in the order of time that is not merely an inner one passed on: the deepest failing operation of the first failing branch.</summary>
    public Operation? Failure
    {
        get
        {
            var passedOn = Operations.Where(o => o.Error is not null).Select(o => o.Parent).ToHashSet();
            return Operations.FirstOrDefault(o => o.Error is not null && !passedOn.Contains(o.Id));
        }
    }
}

/// <summary>Something that an agent did. One that is neither a model's nor a tool's call is a step: a node of a graph, a chain, a retrieval.</summary>
/// <param name="Id">Within the trace.</param>
/// <param name="Parent">The operation that contains it; null for none that is known.</param>
/// <param name="Took">Null while it has not ended.</param>
/// <param name="Input">Null when it was not recorded.</param>
/// <param name="Output">Null when it was not recorded.</param>
/// <param name="Dialect">Whose spelling it came in.</param>
/// <param name="Other">Attributes that no property here tells, as they came; under `events` likewise the events.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Operation), "step")]
[JsonDerivedType(typeof(ModelOperation), "model")]
[JsonDerivedType(typeof(ToolOperation), "tool")]
public record Operation(
    string Id, string? Parent, string Name, DateTimeOffset Start, TimeSpan? Took, OperationError? Error, JsonNode? Input, JsonNode? Output, TraceDialect Dialect, JsonObject Other)
{
    /// <summary>Of an agent or a function that the sender names; null otherwise.</summary>
    public string? Agent { get; init; }

    /// <summary>The node of a graph (LangGraph's) in which it ran; null when it was not said.</summary>
    public string? Node { get; init; }

    /// <summary>Of a step: tokens of model calls within it, where none of them says any. So the sum of this and of every <see cref="ModelOperation.Usage"/> counts nothing twice.</summary>
    public TokenUsage? UsageWithin { get; init; }
}

/// <summary>One request to a model, in however many spans it was told.</summary>
/// <remarks><see cref="Operation.Input"/> and <see cref="Operation.Output"/> are null where <see cref="Messages"/> and <see cref="Answer"/> tell them.</remarks>
/// <param name="Provider">`openai`, `anthropic`, …; null when it was not said. Without the surface (`.chat`) that some append.</param>
/// <param name="ModelAsked">Null when it was not said.</param>
/// <param name="ModelAnswered">Null when it was not said.</param>
/// <param name="Messages">What was said to the model, the system's message first; empty when it was not recorded.</param>
/// <param name="Answer">What it answered; empty when it was not recorded.</param>
/// <param name="Settings">Temperature and the like by OpenTelemetry's names without their prefix: `temperature`, `max_tokens`, `top_p`.</param>
/// <param name="Tools">Names of the tools that were offered.</param>
/// <param name="Usage">Null when nobody counted.</param>
/// <param name="FinishReasons">In OpenAI's spelling: `stop`, `length`, `tool_calls`, `content_filter`; another as it came.</param>
/// <param name="ResponseId">The provider's id of the answer; null when it was not said.</param>
public sealed record ModelOperation(
    string Id, string? Parent, string Name, DateTimeOffset Start, TimeSpan? Took, OperationError? Error, JsonNode? Input, JsonNode? Output, TraceDialect Dialect, JsonObject Other,
    string? Provider, string? ModelAsked, string? ModelAnswered, IReadOnlyList<Message> Messages, IReadOnlyList<Message> Answer, JsonObject Settings, IReadOnlyList<string> Tools,
    TokenUsage? Usage, IReadOnlyList<string> FinishReasons, string? ResponseId, TimeSpan? ToFirstToken) : Operation(Id, Parent, Name, Start, Took, Error, Input, Output, Dialect, Other);

/// <summary>One call of a tool: the model's request and what came of it are one.</summary>
/// <param name="CallId">The model's id of its request; null when it was not said.</param>
public sealed record ToolOperation(
    string Id, string? Parent, string Name, DateTimeOffset Start, TimeSpan? Took, OperationError? Error, JsonNode? Input, JsonNode? Output, TraceDialect Dialect, JsonObject Other,
    string Tool, string? CallId) : Operation(Id, Parent, Name, Start, Took, Error, Input, Output, Dialect, Other)
{
    /// <summary>No span ran it: known from the model's request, and its output from what was sent back to the model, if anything was.</summary>
    public bool OnlyAsked { get; init; }
}

/// <param name="Type">The exception's type or the error's class; empty when it was not said.</param>
/// <param name="Message">Empty when it was not said.</param>
public sealed record OperationError(string Type, string Message);

/// <summary>Tokens of one call.</summary>
/// <param name="SaidBy">Who counted them.</param>
/// <param name="CachedInput">Of the input, what the provider had cached; null when it was not said.</param>
/// <param name="Reasoning">Of the output, what was not shown; null when it was not said.</param>
public sealed record TokenUsage(long? Input, long? Output, long? CachedInput, long? Reasoning, Counter SaidBy);

public enum Counter
{
    /// <summary>The provider's answer, passed on.</summary>
    Provider = 0,

    /// <summary>The instrumentation, by a tokenizer of its own: may differ from what was billed.</summary>
    Instrumentation = 1,
}

/// <summary>One message of a conversation with a model.</summary>
/// <param name="Role">`system`, `user`, `assistant` or `tool`; another as it came.</param>
public sealed record Message(string Role, IReadOnlyList<MessagePart> Parts);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(TextPart), "text")]
[JsonDerivedType(typeof(ToolRequestPart), "tool_request")]
[JsonDerivedType(typeof(ToolResultPart), "tool_result")]
[JsonDerivedType(typeof(OtherPart), "other")]
public abstract record MessagePart;

public sealed record TextPart(string Text) : MessagePart;

/// <param name="Arguments">JSON where they parse, else a string as the model wrote it.</param>
public sealed record ToolRequestPart(string? Id, string Tool, JsonNode? Arguments) : MessagePart;

public sealed record ToolResultPart(string? Id, JsonNode? Result) : MessagePart;

/// <summary>An image, a file, reasoning: kept as it came.</summary>
public sealed record OtherPart(JsonNode? Content) : MessagePart;

/// <summary>Whose spelling a span came in.</summary>
public enum TraceDialect
{
    /// <summary>None of those below: an HTTP request, a database query.</summary>
    Plain = 0,
    OpenTelemetry = 1,
    OpenInference = 2,
    Traceloop = 3,
    AiSdk = 4,
    LangSmith = 5,

    /// <summary>Our own gateway's recording of an evaluation.</summary>
    Recording = 6,
}
