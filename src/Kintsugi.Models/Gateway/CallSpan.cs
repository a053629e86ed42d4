using System.Diagnostics;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Gateway;

/// <summary>A model call as a client span of OpenTelemetry's semantic conventions for generative AI. Costs nothing while nobody listens.</summary>
/// <remarks>Neither questions nor answers are on it: they are a stranger's words, and may be secret; nor the sample, which may be held out: the span above it says that. Source: OpenTelemetry semantic conventions, GenAI client spans (names of 2026).</remarks>
public static class CallSpan
{
    /// <summary>Name of the source, for a listener or an exporter.</summary>
    public const string SourceName = "Kintsugi.Models";

    private static readonly ActivitySource Source = new(SourceName);

    internal static Activity? Start(ModelRequest request, Question question, SampleCalls calls)
    {
        if (!Source.HasListeners()) return null;
        var operation = request.Path switch
        {
            WirePaths.Embeddings => "embeddings",
            WirePaths.Completions => "text_completion",
            WirePaths.Models => "list_models",
            _ => "chat",
        };
        var span = Source.StartActivity($"{operation} {question.Model}".TrimEnd(), ActivityKind.Client, calls.Parent);
        span?.SetTag("gen_ai.operation.name", operation);
        span?.SetTag("gen_ai.request.model", question.Model);
        if (question.IsStreamed) span?.SetTag("gen_ai.request.stream", true);
        span?.SetTag("kintsugi.role", calls.Role);
        return span;
    }

    /// <summary>Says on the present span how the call ended.</summary>
    internal static void Tell(RecordedCall call)
    {
        if (Activity.Current is not { } span || span.Source != Source) return;
        span.SetTag("gen_ai.provider.name", call.Provider);
        if (call.ServedModel is not null) span.SetTag("gen_ai.response.model", call.ServedModel);
        if (call.FinishReason is not null) span.SetTag("gen_ai.response.finish_reasons", new[] { call.FinishReason });
        if (call.InputTokens + call.OutputTokens > 0)
        {
            span.SetTag("gen_ai.usage.input_tokens", call.InputTokens);
            span.SetTag("gen_ai.usage.output_tokens", call.OutputTokens);
        }
        span.SetTag("http.response.status_code", call.Answer.Status);
        span.SetTag("kintsugi.replayed", call.Replayed);
        if (call.CostUsd is { } cost) span.SetTag("kintsugi.cost_usd", (double)cost);
        if ((call.Fault ?? call.Refusal) is not { } error) return;
        span.SetTag("error.type", error);
        span.SetStatus(ActivityStatusCode.Error);
    }
}
