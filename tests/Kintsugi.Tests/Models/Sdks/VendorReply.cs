namespace Kintsugi.Tests.Models.Sdks;

/// <summary>A call of a tool that the model wants.</summary>
/// <param name="Arguments">JSON.</param>
internal sealed record ToolCall(string Id, string Name, string Arguments);

/// <summary>What a vendor's model answers, whatever the format: it follows from the question alone, so that every right answer is known.</summary>
/// <param name="Finish">`stop`, `length` or `tools`.</param>
internal sealed record VendorReply(string Text, IReadOnlyList<ToolCall> Calls, string Finish)
{
    public const int InputTokens = 12;
    public const int OutputTokens = 5;

    /// <summary>An answer may be as long as this at most.</summary>
    public const int ShortAnswer = 16;

    /// <summary>What every tool is called with, and what is answered where JSON is wanted.</summary>
    public const string Json = """{"city":"Tromsø","degrees":-3}""";

    public static VendorReply Of(VendorQuestion question) => Of(
        question.Text, question.Images, question.Tools, question.Results, question.WantsJson, question.MostTokens);

    public static VendorReply Of(string text, IReadOnlyList<string> images, IReadOnlyList<string> tools, IReadOnlyList<string> results, bool wantsJson, long? mostTokens)
    {
        if (results.Count > 0) return new(string.Join("; ", results), [], "stop");
        if (tools.Count > 0) return new("", [.. tools.Select((tool, n) => new ToolCall($"call_{n}", tool, Json))], "tools");
        if (images.Count > 0) return new($"I see {string.Join(", ", images)}.", [], "stop");
        if (wantsJson) return new(Json, [], "stop");
        return mostTokens <= ShortAnswer ? new("You", [], "length") : new($"You said: {text} ✓ 🌍", [], "stop");
    }

    /// <summary>The text as a stream brings it.</summary>
    public IEnumerable<string> Pieces => Cut(Text);

    public static IEnumerable<string> Cut(string text)
    {
        var size = Math.Max(1, text.Length / 3);
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(size, text.Length - at);
            if (char.IsHighSurrogate(text[at + length - 1])) length++;
            yield return text.Substring(at, length);
            at += length;
        }
    }
}
