using System.Text.Json;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers.Judging;

/// <summary>A verdict as a model wrote it.</summary>
/// <param name="Value">In [0, 1]; of a pair 1 where the answer is at least as good as the target, else 0.</param>
internal sealed record JudgeReply(double Value, string Reason)
{
    /// <summary>Characters of a reply that is read.</summary>
    public const int Longest = 16_384;
    private const int LongestReason = 500;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 4 };

    /// <returns>Null for anything but {"reason": "…", "score": 0..1}.</returns>
    public static JudgeReply? Score(string text) => Read(text, "score", verdict =>
        verdict.ValueKind == JsonValueKind.Number && verdict.TryGetDouble(out var score) && score is >= 0 and <= 1 ? score : null);

    /// <param name="swapped">Whether the answer that is judged stood second.</param>
    /// <returns>Null for anything but {"reason": "…", "better": "first" | "second" | "same"}.</returns>
    public static JudgeReply? Preference(string text, bool swapped) => Read(text, "better", verdict =>
        verdict.ValueKind != JsonValueKind.String ? null : verdict.GetString() switch
        {
            "same" => 1,
            "first" => swapped ? 0 : 1,
            "second" => swapped ? 1 : 0,
            _ => null,
        });

    public Vote Vote(double pass) => Value >= pass ? Judges.Vote.Yes : Judges.Vote.No;

    private static JudgeReply? Read(string text, string key, Func<JsonElement, double?> read)
    {
        if (text.Length > Longest) return null;
        try
        {
            using var document = JsonDocument.Parse(Bare(text.AsSpan().Trim()).ToString(), Strict);
            var said = document.RootElement;
            return said.ValueKind == JsonValueKind.Object && said.GetPropertyCount() == 2
                && said.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String
                && said.TryGetProperty(key, out var verdict) && read(verdict) is { } value
                ? new JudgeReply(value, Shown.Word(reason.GetString()!, LongestReason))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for half a surrogate pair
        {
            return null;
        }
    }

    /// <summary>Without the fence of Markdown that models put around JSON, where it encloses all they said.</summary>
    private static ReadOnlySpan<char> Bare(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith("```") || !text.EndsWith("```") || text.IndexOf('\n') is not (> 0 and var line)) return text;
        return text[3..line].Trim() is "" or "json" && line < text.Length - 3 ? text[(line + 1)..^3] : text;
    }
}
