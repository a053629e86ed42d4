using System.Text;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Otlp;

/// <summary>What a span is searched by, gathered from its attributes in one pass: whatever their dialect, and without making text of the others.</summary>
internal ref struct SpanSigns
{
    private ReadOnlySpan<byte> _answered;
    private ReadOnlySpan<byte> _asked;
    private ReadOnlySpan<byte> _errorType;
    private ReadOnlySpan<byte> _exceptionType;
    private ReadOnlySpan<byte> _exceptionMessage;

    public SpanRole Role { get; private set; }

    public readonly string? Model => _answered.Length > 0 ? Text(_answered) : _asked.Length > 0 ? Text(_asked) : null;

    /// <summary>An attribute of the span whose value is text.</summary>
    public void See(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("gen_ai.response.model"u8) || name.SequenceEqual("ai.response.model"u8)) _answered = value;
        else if (name.SequenceEqual("gen_ai.request.model"u8) || name.SequenceEqual("llm.model_name"u8) || name.SequenceEqual("ai.model.id"u8)) _asked = value;
        else if (name.SequenceEqual("error.type"u8)) _errorType = value;
        else if (name.SequenceEqual("gen_ai.operation.name"u8)) Be(OfOperation(value));
        else if (name.SequenceEqual("openinference.span.kind"u8)) Be(OfOpenInference(value));
        else if (name.SequenceEqual("traceloop.span.kind"u8)) Be(OfTraceloop(value));
        else if (name.SequenceEqual("ai.operationId"u8)) Be(OfAiSdk(value));
    }

    /// <summary>An attribute of an event of the span.</summary>
    public void SeeInEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("exception.type"u8)) _exceptionType = value;
        else if (name.SequenceEqual("exception.message"u8)) _exceptionMessage = value;
    }

    /// <param name="name">The span's, for an error that does not say its type.</param>
    /// <param name="status">The status message.</param>
    public readonly ErrorSignature Signature(string name, ReadOnlySpan<byte> status)
    {
        var type = _errorType.Length > 0 ? _errorType : _exceptionType;
        return ErrorSignature.Of(type.Length > 0 ? Text(type) : name, Text(status.Length > 0 ? status : _exceptionMessage));
    }

    public static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4_096)]);

    // Two conventions on one span: the first that says more than `other` counts.
    private void Be(SpanRole role) => Role = Role == SpanRole.Other ? role : Role;

    private static SpanRole OfOperation(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("chat"u8) || value.SequenceEqual("text_completion"u8) || value.SequenceEqual("generate_content"u8) || value.SequenceEqual("embeddings"u8) ? SpanRole.Model
        : value.SequenceEqual("execute_tool"u8) ? SpanRole.Tool
        : value.SequenceEqual("invoke_agent"u8) || value.SequenceEqual("create_agent"u8) || value.SequenceEqual("invoke_workflow"u8) ? SpanRole.Agent
        : SpanRole.Other;

    private static SpanRole OfOpenInference(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("LLM"u8) || value.SequenceEqual("EMBEDDING"u8) ? SpanRole.Model
        : value.SequenceEqual("TOOL"u8) ? SpanRole.Tool
        : value.SequenceEqual("AGENT"u8) || value.SequenceEqual("CHAIN"u8) ? SpanRole.Agent
        : SpanRole.Other;

    private static SpanRole OfTraceloop(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("tool"u8) ? SpanRole.Tool : value.SequenceEqual("agent"u8) || value.SequenceEqual("workflow"u8) ? SpanRole.Agent : SpanRole.Other;

    private static SpanRole OfAiSdk(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("ai.toolCall"u8) ? SpanRole.Tool
        : value.EndsWith(".doGenerate"u8) || value.EndsWith(".doStream"u8) || value.EndsWith(".doEmbed"u8) ? SpanRole.Model
        : value.StartsWith("ai.generate"u8) || value.StartsWith("ai.stream"u8) ? SpanRole.Agent
        : SpanRole.Other;
}
