namespace Kintsugi.Tests.Models.Sdks;

/// <summary>What a user of a client library asks, in no library's own words.</summary>
/// <param name="Kind">`text`, `embed`, `models` or `count`.</param>
/// <param name="Results">Answers of tools that were called before, in the order of <paramref name="Tools"/>.</param>
/// <param name="Image">Bytes of a PNG in base64.</param>
/// <param name="MostTokens">The least that the formats allow is <see cref="VendorReply.ShortAnswer"/>.</param>
/// <param name="HangsUp">`early` before anything arrived, `midway` after the first of a stream; null when the answer is awaited.</param>
/// <param name="Retries">What the library is set to; null leaves its default.</param>
internal sealed record Ask(
    string Kind, string Text, bool IsStreamed = false, string Model = "stub-1", IReadOnlyList<string>? Tools = null, IReadOnlyList<string>? Results = null, string? Image = null,
    bool WantsJson = false, int MostTokens = 1000, string? HangsUp = null, int? Retries = 0);

/// <summary>What the library gave its user.</summary>
/// <param name="Finish">`stop`, `length` or `tools`.</param>
internal sealed record Heard(string Text, IReadOnlyList<ToolCall> Calls, string Finish, long InputTokens, long OutputTokens)
{
    /// <summary>The error the library raised.</summary>
    public SdkError? Error { get; init; }

    public bool HungUp { get; init; }

    /// <summary>Numbers of an embedding, names of models, a count.</summary>
    public IReadOnlyList<string> Items { get; init; } = [];

    public static Heard Nothing { get; } = new("", [], "", 0, 0);
}

/// <param name="Status">Null when the library has none for it.</param>
/// <param name="IsTyped">Whether it is of the library's own errors.</param>
internal sealed record SdkError(string Type, bool IsTyped, int? Status, string Message);

/// <summary>One thing that a user does, and what must come of it.</summary>
/// <param name="HasSpare">Whether a second provider stands behind the first, one that never misbehaves.</param>
/// <param name="Status">Of the error that the user must see; null where the answer must be right.</param>
/// <param name="Words">Part of the error's message.</param>
/// <param name="Asked">How often the first provider is asked; null where that is not the point.</param>
internal sealed record SdkCase(string Name, Ask Ask, bool HasSpare = false, int? Status = null, string Words = "", int? Asked = null)
{
    /// <summary>Whether the provider breaks off within a stream: an error without a status, and nobody else is asked.</summary>
    public bool BreaksOff { get; init; }

    /// <summary>Whether the gateway's time passes; else its pauses are over at once, and its patience never ends.</summary>
    public bool InRealTime { get; init; }
}
