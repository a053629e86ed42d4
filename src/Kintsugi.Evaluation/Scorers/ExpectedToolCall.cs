using System.Text.Json;
using Kintsugi.Storage;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>A tool call as a target or a scorer's setting writes it: a name, or {name, arguments}.</summary>
/// <param name="Arguments">Null when any will do.</param>
internal sealed record ExpectedToolCall(string Name, JsonElement? Arguments)
{
    private const int Most = 200; // matching is quadratic at best

    /// <exception cref="FormatException">It is no such list; the message says what to write.</exception>
    public static IReadOnlyList<ExpectedToolCall> ReadList(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array) throw new FormatException("Write a list of tool names or of {\"name\":…,\"arguments\":{…}}.");
        if (list.GetArrayLength() > Most) throw new FormatException($"It has {list.GetArrayLength()} calls. Write at most {Most}.");
        return [.. list.EnumerateArray().Select(Read)];
    }

    private static ExpectedToolCall Read(JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.String) return new ExpectedToolCall(item.GetString()!, null);
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
            throw new FormatException($"{Quote.Json(item)} is no tool call. Write a tool's name or {{\"name\":…,\"arguments\":{{…}}}}.");
        foreach (var property in item.EnumerateObject())
            if (property.Name is not ("name" or "arguments"))
                throw new FormatException($"The field '{Shown.Word(property.Name)}' is not known. {Spelling.Remedy(property.Name, ["name", "arguments"])}");
        return new ExpectedToolCall(name.GetString()!, item.TryGetProperty("arguments", out var arguments) ? arguments : null);
    }

    public bool Fits(ToolCall call, bool partOfArguments) =>
        call.Name == Name
        && (Arguments is not { } wanted || (partOfArguments ? Holds(call.Arguments, wanted) : JsonElement.DeepEquals(call.Arguments, wanted)));

    /// <summary>Whether every field of <paramref name="part"/> stands in <paramref name="whole"/>, and likewise within.</summary>
    private static bool Holds(JsonElement whole, JsonElement part) =>
        part.ValueKind == JsonValueKind.Object
            ? whole.ValueKind == JsonValueKind.Object
                && part.EnumerateObject().All(p => whole.TryGetProperty(p.Name, out var value) && Holds(value, p.Value))
            : JsonElement.DeepEquals(whole, part);
}
