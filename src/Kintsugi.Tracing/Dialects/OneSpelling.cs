using System.Text;

namespace Kintsugi.Tracing.Dialects;

/// <summary>The words that each dialect spells in its own way, in one.</summary>
internal static class OneSpelling
{
    /// <summary>What the AI SDK appends to a provider's name.</summary>
    private static readonly HashSet<string> Surfaces = ["chat", "responses", "messages", "completion", "completions", "generative-ai", "embedding", "image", "speech", "transcription"];

    public static string Finish(string reason) => reason.ToUpperInvariant() switch
    {
        "STOP" or "END_TURN" or "STOP_SEQUENCE" or "COMPLETED" or "COMPLETE" or "EOS" => "stop",
        "LENGTH" or "MAX_TOKENS" or "MAX-TOKENS" or "MAX_OUTPUT_TOKENS" => "length",
        "TOOL_CALLS" or "TOOL_CALL" or "TOOL-CALLS" or "TOOL-CALL" or "TOOL_USE" or "FUNCTION_CALL" => "tool_calls",
        "CONTENT_FILTER" or "CONTENT-FILTER" or "SAFETY" or "CONTENT_FILTERED" => "content_filter",
        _ => reason,
    };

    public static IReadOnlyList<string> Finish(IEnumerable<string> reasons) => [.. reasons.Where(r => r.Length > 0).Select(Finish)];

    public static string Provider(string name) => name.ToLowerInvariant();

    /// <summary>The AI SDK's `openai.chat` is OpenAI's chat surface; OpenTelemetry's `aws.bedrock` is a name as it stands.</summary>
    public static string ProviderWithSurface(string name) =>
        name.LastIndexOf('.') is > 0 and var dot && Surfaces.Contains(name[(dot + 1)..]) ? Provider(name[..dot]) : Provider(name);

    public static string Role(string role) => role.ToUpperInvariant() switch
    {
        "SYSTEM" or "DEVELOPER" or "SYSTEMMESSAGE" or "SYSTEMMESSAGECHUNK" => "system",
        "USER" or "HUMAN" or "HUMANMESSAGE" or "HUMANMESSAGECHUNK" => "user",
        "ASSISTANT" or "AI" or "MODEL" or "AIMESSAGE" or "AIMESSAGECHUNK" => "assistant",
        "TOOL" or "FUNCTION" or "TOOLMESSAGE" or "TOOLMESSAGECHUNK" or "FUNCTIONMESSAGE" => "tool",
        _ => role,
    };

    /// <summary>`maxOutputTokens`, `max_completion_tokens` and the like by OpenTelemetry's names.</summary>
    public static string Setting(string name) => Snake(name) switch
    {
        "max_output_tokens" or "max_completion_tokens" => "max_tokens",
        "stop" => "stop_sequences",
        "n" => "choice.count",
        var other => other,
    };

    private static string Snake(string name)
    {
        if (!name.Any(char.IsAsciiLetterUpper)) return name;
        var snake = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && snake.Length > 0) snake.Append('_');
            snake.Append(char.ToLowerInvariant(c));
        }
        return snake.ToString();
    }
}
