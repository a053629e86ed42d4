using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Otlp;

/// <summary>OTLP in JSON: ids are hexadecimal, 64-bit numbers text or numbers, enumerations numbers or words.</summary>
/// <remarks>opentelemetry-proto, "JSON Protobuf Encoding"; exporters of JavaScript write integers as JSON numbers.</remarks>
internal static class OtlpJson
{
    private const int LongestName = 512;

    private static readonly JsonDocumentOptions Bounds = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <exception cref="InvalidDataException">It is no such request.</exception>
    public static OtlpBatch Traces(ReadOnlyMemory<byte> request, SpanRedaction redaction)
    {
        var (spans, rejected) = Read(request, "resourceSpans", "scopeSpans", "spans", redaction, Row);
        return new OtlpBatch(spans, [], rejected);
    }

    /// <exception cref="InvalidDataException">It is no such request.</exception>
    public static OtlpBatch Logs(ReadOnlyMemory<byte> request, SpanRedaction redaction)
    {
        var (notes, rejected) = Read(request, "resourceLogs", "scopeLogs", "logRecords", redaction, Note);
        return new OtlpBatch([], notes, rejected);
    }

    /// <summary>Reads a stored span whole.</summary>
    /// <exception cref="InvalidDataException">It is no span.</exception>
    public static SpanData Read(ReadOnlySpan<byte> span, string scope)
    {
        var sent = Parse(span) as JsonObject ?? throw new InvalidDataException("A stored span is no JSON object.");
        var (start, end) = (Nanoseconds(sent["startTimeUnixNano"]), Nanoseconds(sent["endTimeUnixNano"]));
        return new SpanData(
            SpanId.Of(Text(sent["spanId"]) ?? "") ?? throw new InvalidDataException("A stored span has no id."), SpanId.Of(Text(sent["parentSpanId"]) ?? ""), Text(sent["name"]) ?? "", Kind(sent["kind"]), scope,
            UnixTime.Of(start), end < start ? null : TimeSpan.FromTicks((long)((end - start) / 100)), HasFailed(sent["status"]), Text((sent["status"] as JsonObject)?["message"]),
            Attributes(sent["attributes"]), [.. Objects(sent["events"]).Select(e => new SpanEvent(Text(e["name"]) ?? "", UnixTime.Of(Nanoseconds(e["timeUnixNano"])), Attributes(e["attributes"])))]);
    }

    private static SpanNote? Note(JsonObject record, SpanSource source)
    {
        var time = Nanoseconds(record["timeUnixNano"]);
        return OtlpNote.Of(
            TraceId.Of(Text(record["traceId"]) ?? ""), SpanId.Of(Text(record["spanId"]) ?? ""), source, Text(record["eventName"]) ?? "",
            time == 0 ? Nanoseconds(record["observedTimeUnixNano"]) : time, Value(record["body"], 0), Attributes(record["attributes"]));
    }

    private static SpanRow? Row(JsonObject span, SpanSource source)
    {
        var (start, end) = (Nanoseconds(span["startTimeUnixNano"]), Nanoseconds(span["endTimeUnixNano"]));
        if (TraceId.Of(Text(span["traceId"]) ?? "") is not { } trace || SpanId.Of(Text(span["spanId"]) ?? "") is not { } id || start is 0 or > long.MaxValue || end > long.MaxValue) return null;
        var signs = default(SpanSigns);
        foreach (var (name, text) in Texts(span["attributes"])) signs.See(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(text));
        foreach (var happened in Objects(span["events"]))
            foreach (var (name, text) in Texts(happened["attributes"])) signs.SeeInEvent(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(text));
        var called = Shown.Word(Text(span["name"]) ?? "", LongestName);
        return new SpanRow(
            trace, id, SpanId.Of(Text(span["parentSpanId"]) ?? ""), source, called, signs.Role, (long)start, end < start ? null : (long)(end - start),
            HasFailed(span["status"]) ? signs.Signature(called, Encoding.UTF8.GetBytes(Text((span["status"] as JsonObject)?["message"]) ?? "")).Hash : null,
            signs.Model is { } model ? Shown.Word(model, LongestName) : null, SpanFormat.OtlpJson, JsonSerializer.SerializeToUtf8Bytes<JsonNode>(span));
    }

    private static (List<T> Read, int Rejected) Read<T>(
        ReadOnlyMemory<byte> request, string resources, string scopes, string items, SpanRedaction redaction, Func<JsonObject, SpanSource, T?> row) where T : class
    {
        List<T> read = [];
        var rejected = 0;
        try
        {
            var top = Parse(request.Span) as JsonObject ?? throw new InvalidDataException("The body is no JSON object of OTLP.");
            if (redaction.Concerns(request.Span)) JsonRedaction.Apply(top, redaction);
            foreach (var ofResource in Objects(top[resources]))
            {
                var resource = OtlpSource.Of(Attributes((ofResource["resource"] as JsonObject)?["attributes"]));
                foreach (var ofScope in Objects(ofResource[scopes]))
                {
                    var source = resource with { Scope = Shown.Word(Text((ofScope["scope"] as JsonObject)?["name"]) ?? "", LongestName) };
                    foreach (var item in Objects(ofScope[items]))
                    {
                        if (row(item, source) is { } one) read.Add(one);
                        else rejected++;
                    }
                }
            }
            return (read, rejected);
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException) // what the reader of JSON says to an escape that is half a character
        {
            throw new InvalidDataException("The body holds text that is no Unicode.", e);
        }
    }

    private static JsonNode? Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: Bounds);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("The body is no JSON of OTLP.", e);
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];

    private static IEnumerable<(string Name, string Text)> Texts(JsonNode? attributes) =>
        from pair in Objects(attributes)
        let name = Text(pair["key"])
        let text = Text((pair["value"] as JsonObject)?["stringValue"])
        where name is not null && text is not null
        select (name, text);

    private static JsonObject Attributes(JsonNode? list)
    {
        var attributes = new JsonObject();
        foreach (var pair in Objects(list))
            if (Text(pair["key"]) is { } name) attributes[name] = Value(pair["value"], 0);
        return attributes;
    }

    private static JsonNode? Value(JsonNode? any, int depth)
    {
        if (any is not JsonObject value || depth > 32) return null;
        foreach (var (kind, held) in value)
        {
            switch (kind)
            {
                case "stringValue" or "boolValue" or "bytesValue": return held?.DeepClone();
                case "doubleValue": return held is JsonValue number && number.TryGetValue<double>(out var real) ? real : held?.DeepClone();
                case "intValue": return held is JsonValue whole && (whole.TryGetValue<long>(out var count) || long.TryParse(Text(held), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out count)) ? count : null;
                case "arrayValue": return new JsonArray([.. Objects((held as JsonObject)?["values"]).Select(v => Value(v, depth + 1))]);
                case "kvlistValue":
                    var map = new JsonObject();
                    foreach (var pair in Objects((held as JsonObject)?["values"]))
                        if (Text(pair["key"]) is { } name) map[name] = Value(pair["value"], depth + 1);
                    return map;
            }
        }
        return null;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    // 0 stands for none, as it does in protobuf; a time that is no whole number of nanoseconds is none.
    private static ulong Nanoseconds(JsonNode? node) =>
        node is JsonValue value && (value.TryGetValue<ulong>(out var ns) || ulong.TryParse(Text(node), NumberStyles.None, CultureInfo.InvariantCulture, out ns)) ? ns : 0;

    private static int Kind(JsonNode? node) => node is JsonValue value && value.TryGetValue<int>(out var kind) ? kind : Text(node) switch
    {
        "SPAN_KIND_INTERNAL" => 1,
        "SPAN_KIND_SERVER" => 2,
        "SPAN_KIND_CLIENT" => 3,
        "SPAN_KIND_PRODUCER" => 4,
        "SPAN_KIND_CONSUMER" => 5,
        _ => 0,
    };

    private static bool HasFailed(JsonNode? status) =>
        (status as JsonObject)?["code"] is JsonValue code && ((code.TryGetValue<int>(out var number) && number == 2) || (code.TryGetValue<string>(out var word) && word == "STATUS_CODE_ERROR"));
}
