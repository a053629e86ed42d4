namespace Kintsugi.Models.Routing;

/// <summary>Why a provider refused the request itself, as <see cref="RecordedCall.Refusal"/> has it. Stored and shown: only ever added to.</summary>
public static class Refusals
{
    /// <summary>More tokens than the model takes.</summary>
    public const string ContextLength = "context_length";

    /// <summary>The provider's policy forbids the question or its answer.</summary>
    public const string ContentPolicy = "content_policy";

    public const string UnknownModel = "unknown_model";

    public const string BadRequest = "bad_request";

    private static readonly byte[][] SayContextLength =
        [.. new[] { "context_length_exceeded", "maximum context length", "prompt is too long", "exceed context limit", "context window" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    private static readonly byte[][] SayContentPolicy =
        [.. new[] { "content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation", "flagged_input", "content management policy" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    private static readonly byte[][] SayUnknownModel =
        [.. new[] { "model_not_found", "Model Not Exist", "is not a valid model", "does not exist or you do not have access" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>By the codes and words that OpenAI, Azure, Anthropic, DeepSeek, OpenRouter and vLLM refuse with.</summary>
    /// <param name="answer">Status in [400, 500) that is no fault of the world.</param>
    public static string Of(ModelAnswer answer)
    {
        var body = answer.Body.Span;
        return Holds(body, SayContextLength) ? ContextLength
            : Holds(body, SayContentPolicy) ? ContentPolicy
            : answer.Status == 404 || Holds(body, SayUnknownModel) ? UnknownModel
            : answer.Status == 413 ? ContextLength
            : BadRequest;
    }

    private static bool Holds(ReadOnlySpan<byte> body, byte[][] words)
    {
        foreach (var word in words)
            if (body.IndexOf(word) >= 0) return true;
        return false;
    }
}
