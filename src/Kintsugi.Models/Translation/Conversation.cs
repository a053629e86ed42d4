using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>What a request asks, in no dialect: each is read into it and written from it.</summary>
/// <param name="Turns">At least one; neighbours may have the same speaker.</param>
/// <param name="Format">Null for free text.</param>
/// <param name="StreamUsage">Whether a chat completions caller wants the usage at the end of its stream.</param>
/// <param name="Effort">`reasoning_effort`, null when not given.</param>
/// <param name="User">An opaque label of the end user.</param>
internal sealed record Conversation(
    string Model, IReadOnlyList<Turn> Turns, IReadOnlyList<Tool> Tools, ToolChoice Choice, bool ParallelCalls, AnswerFormat? Format,
    Sampling Sampling, bool Stream, bool StreamUsage, string? Effort, string? Verbosity, string? User);

/// <param name="MaxTokens">Upper bound of the answer; null when not given.</param>
internal sealed record Sampling(long? MaxTokens, double? Temperature, double? TopP, IReadOnlyList<string> Stop);

/// <summary>`system` and `developer` are one: services treat them alike, and not all know the second word.</summary>
internal enum Speaker
{
    System = 0,
    User = 1,
    Assistant = 2,
}

/// <param name="Path">Where it stood in the request, `messages[2]`, for refusals.</param>
internal sealed record Turn(Speaker Speaker, IReadOnlyList<Part> Parts, string Path);

internal abstract record Part;

internal sealed record TextPart(string Text) : Part;

/// <param name="MediaType">Null when it is to be fetched from <paramref name="Data"/>, an http(s) address.</param>
/// <param name="Data">Base64, or the address.</param>
/// <param name="Detail">`low` or `high`; null when left to the model.</param>
internal sealed record ImagePart(string? MediaType, string Data, string? Detail, string Path) : Part;

/// <summary>A tool call that the assistant made.</summary>
/// <param name="Arguments">JSON as the model wrote it, not necessarily an object.</param>
internal sealed record CallPart(string Id, string Name, string Arguments, string Path) : Part;

/// <summary>What a tool gave back; only in turns of the user.</summary>
/// <param name="Content">Texts and images.</param>
internal sealed record ResultPart(string CallId, IReadOnlyList<Part> Content, bool IsError) : Part;

/// <param name="Parameters">JSON Schema; null for none.</param>
/// <param name="Strict">Null when not given.</param>
internal sealed record Tool(string Name, string? Description, JsonElement? Parameters, bool? Strict, string Path);

/// <param name="Name">Only of <see cref="ToolChoiceKind.Named"/>.</param>
internal sealed record ToolChoice(ToolChoiceKind Kind, string? Name = null);

internal enum ToolChoiceKind
{
    Auto = 0,
    None = 1,
    Required = 2,
    Named = 3,
}

/// <summary>JSON mode.</summary>
/// <param name="Schema">Null for any object.</param>
internal sealed record AnswerFormat(string Name, string? Description, JsonElement? Schema, bool? Strict, string Path);
