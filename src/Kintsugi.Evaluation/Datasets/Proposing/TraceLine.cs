using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Datasets.Proposing;

/// <summary>
/// Traces as a file tells them, JSON Lines, one request to the agent a line:
/// `{"id":"…","input":…,"output":…,"error":{"type":"…","message":"…","tool":"…"},"tools":["…"],"service":"…","version":"…","start":"2026-11-28T10:00:00Z"}`, of which only `input` must be there.
/// </summary>
/// <remarks>Fields that are not known here are passed over: exports of other tools have many.</remarks>
public static class TraceLine
{
    /// <summary>Traces that are read from one file.</summary>
    public const int Most = 20_000;

    /// <returns>In the order of the file; one without an id has its line's number for one.</returns>
    /// <exception cref="BadFileException">A line is no trace, or there are more than <see cref="Most"/>.</exception>
    public static async Task<IReadOnlyList<Trace>> ReadAsync(string name, Stream stream, CancellationToken cancellationToken)
    {
        List<Trace> traces = [];
        await foreach (var trace in JsonLines.ReadAsync(name, stream, Parse, cancellationToken))
        {
            if (traces.Count == Most) throw new BadFileException(name, null, $"The file has more than {Most} traces. Give the newest of them.");
            traces.Add(trace);
        }
        return traces;
    }

    private static Trace Parse(string file, int line, ReadOnlySpan<byte> bytes, bool ended)
    {
        BadFileException Bad(string problem) => new(file, line, problem);
        return JsonLine.ParseLoosely(bytes, ended, "trace", "{\"id\":\"…\",\"input\":…,\"output\":…}", Bad, values => Of(line, values, Bad));
    }

    private static Trace Of(int line, Dictionary<string, JsonElement> values, Func<string, BadFileException> bad)
    {
        if (!values.TryGetValue("input", out var input)) throw bad("The trace has no 'input'. Export what the agent was given.");
        var start = Text(values, "start", bad) is not { } said ? DateTimeOffset.UnixEpoch
            : DateTimeOffset.TryParse(said, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at) ? at
            : throw bad("'start' is no time. Write 2026-11-28T10:00:00Z.");
        var error = Error(values, bad);
        var failed = error?.Tool;
        var root = new Operation("root", null, "request", start, null, failed is null ? error?.Error : null, Node(input), values.TryGetValue("output", out var output) ? Node(output) : null, TraceDialect.Plain, []);
        var tools = Names(values, bad).Where(t => t != failed).Select((tool, i) => Called($"tool-{i}", tool, null));
        return new Trace(
            Text(values, "id", bad) ?? $"line-{line}", Text(values, "service", bad) ?? "", Text(values, "version", bad),
            [root, .. tools, .. failed is null ? Array.Empty<Operation>() : [Called("failed", failed, error!.Value.Error)]]);

        ToolOperation Called(string id, string tool, OperationError? wrong) => new(id, "root", tool, start, null, wrong, null, null, TraceDialect.Plain, [], tool, null);
    }

    private static (OperationError Error, string? Tool)? Error(Dictionary<string, JsonElement> values, Func<string, BadFileException> bad)
    {
        if (!values.TryGetValue("error", out var error) || error.ValueKind == JsonValueKind.Null) return null;
        if (error.ValueKind == JsonValueKind.String) return (new OperationError("", Said(error)), null);
        if (error.ValueKind != JsonValueKind.Object) throw bad($"'error' is {JsonLine.Kind(error)}. Write a string, or {{\"type\":\"…\",\"message\":\"…\"}}.");
        return (new OperationError(Field("type") ?? "", Field("message") ?? ""), Field("tool"));

        string? Field(string name) => error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Said(value) : null;
    }

    private static IEnumerable<string> Names(Dictionary<string, JsonElement> values, Func<string, BadFileException> bad)
    {
        if (!values.TryGetValue("tools", out var tools) || tools.ValueKind == JsonValueKind.Null) return [];
        if (tools.ValueKind != JsonValueKind.Array || tools.EnumerateArray().Any(t => t.ValueKind != JsonValueKind.String)) throw bad("'tools' is no list of names. Write [\"crm_lookup\"].");
        return [.. tools.EnumerateArray().Select(Said)];
    }

    private static string? Text(Dictionary<string, JsonElement> values, string field, Func<string, BadFileException> bad) =>
        !values.TryGetValue(field, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? Said(value)
        : throw bad($"'{field}' is {JsonLine.Kind(value)}, not a string. Write it in quotation marks.");

    private static string Said(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string holds half of a surrogate pair.", e);
        }
    }

    private static JsonNode? Node(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(value.GetRawText());
}
