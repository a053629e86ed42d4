using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Storage;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Evaluation.Datasets.Proposing;

/// <summary>A trace read as a case: what was asked, what was answered, what went wrong.</summary>
internal sealed record TraceCase(
    Trace Trace, JsonElement Input, JsonElement? Output, string InputHash, ErrorSignature? Failure, IReadOnlySet<string> Tools)
{
    /// <summary>An input or an answer that is longer is no case for a person to read.</summary>
    private const int LongestJson = 256 * 1024;

    /// <returns>Null for a trace that tells no input, or one that cannot stand in a dataset.</returns>
    public static TraceCase? Of(Trace trace)
    {
        if (Asked(trace) is not { } asked || Element(asked.Input) is not { } input || HashOf(input) is not { } hash) return null;
        var output = asked.Root.Error is null && trace.Root?.Error is null ? Element(asked.Output) : null;
        return new TraceCase(
            trace, input, output is { } answer && HashOf(answer) is not null ? answer : null, hash, SignatureOf(trace.Failure), trace.ToolCalls.Select(t => t.Tool).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>What the root was given and gave. A root that says nothing (a server's span) is passed over for the first step inside that does, a bare model's call for what the user said in it.</summary>
    private static (Operation Root, JsonNode? Input, JsonNode? Output)? Asked(Trace trace)
    {
        if (trace.Root is { Input: not null } root) return (root, root.Input, root.Output);
        if (trace.Operations.FirstOrDefault(o => o.Input is not null && o is not (ModelOperation or ToolOperation)) is { } step) return (step, step.Input, step.Output);
        return trace.ModelCalls.FirstOrDefault(m => Said(m.Messages, "user") is not null) is { } call
            ? (call, Said(call.Messages, "user"), Said(trace.ModelCalls.Last().Answer, "assistant"))
            : null;
    }

    private static JsonValue? Said(IReadOnlyList<Message> messages, string role) =>
        messages.LastOrDefault(m => m.Role == role && m.Parts.OfType<TextPart>().Any()) is { } last
            ? JsonValue.Create(string.Join('\n', last.Parts.OfType<TextPart>().Select(p => p.Text)))
            : null;

    private static ErrorSignature? SignatureOf(Operation? failed) => failed?.Error is not { } error ? null : ErrorSignature.Of(
        failed is ToolOperation tool ? tool.Tool : error.Type.Length > 0 ? error.Type : failed.Name, error.Message.Length > 0 ? error.Message : error.Type);

    private static JsonElement? Element(JsonNode? node)
    {
        if (node is null) return null;
        var text = node.ToJsonString();
        if (text.Length > LongestJson) return null;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <returns>Null where the same key stands twice, or half of a surrogate pair: no dataset may hold it.</returns>
    private static string? HashOf(JsonElement value)
    {
        try
        {
            return CanonicalJson.Hash(value);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What the case is told apart by in reports: words that may stand in a dataset.</summary>
    public string[] TagsFrom() =>
    [
        "from-traces",
        .. Trace.Version is { Length: > 0 } version ? [Shown.Word($"version:{version}", 100)] : Array.Empty<string>(),
        .. Failure is { } failure ? [$"failure:{failure.Hash[..8]}"] : Array.Empty<string>(),
    ];
}
