using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.Otlp;

/// <summary>OTLP in JSON: ids are hexadecimal, 64-bit numbers text or numbers, enumerations numbers or words.</summary>
/// <remarks>opentelemetry-proto, "JSON Protobuf Encoding"; exporters of JavaScript write integers as JSON numbers.</remarks>
internal static class OtlpJson
{
    private const int LongestName = 512;
    private const int MostMembers = 100;

    /// <summary>An attribute is seven in JSON: the pair, the value, and the names of both.</summary>
    private const int MostValues = 2 * ProtoValues.Most;

    private static readonly JsonDocumentOptions Bounds = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <exception cref="InvalidDataException">It is no such request.</exception>
    public static OtlpRequest Traces(ReadOnlyMemory<byte> request, SpanRedaction redaction) =>
        new(Items(request, "resourceSpans", "scopeSpans", "spans", redaction), item => Unicode(() => Row(Item(item, redaction), item.Source)), null);

    /// <exception cref="InvalidDataException">It is no such request.</exception>
    public static OtlpRequest Logs(ReadOnlyMemory<byte> request, SpanRedaction redaction) =>
        new(Items(request, "resourceLogs", "scopeLogs", "logRecords", redaction), null, item => Unicode(() => Note(Item(item, redaction), item.Source)));

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

    private static SpanNote? Note(JsonObject? record, SpanSource source)
    {
        if (record is null) return null;
        var time = Nanoseconds(record["timeUnixNano"]);
        return OtlpNote.Of(
            TraceId.Of(Text(record["traceId"]) ?? ""), SpanId.Of(Text(record["spanId"]) ?? ""), source, Text(record["eventName"]) ?? "",
            time == 0 ? Nanoseconds(record["observedTimeUnixNano"]) : time, Value(record["body"], 0), Attributes(record["attributes"]));
    }

    private static SpanRow? Row(JsonObject? span, SpanSource source)
    {
        if (span is null) return null;
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

    // Cut where it lies: a tree of the whole would take many times its bytes.
    private static List<OtlpItem> Items(ReadOnlyMemory<byte> request, string resources, string scopes, string items, SpanRedaction redaction)
    {
        List<OtlpItem> found = [];
        foreach (var ofResource in Elements(Members(request), resources))
        {
            SpanSource? resource = null;
            var members = Members(ofResource);
            foreach (var ofScope in Elements(members, scopes))
            {
                SpanSource? source = null;
                var inner = Members(ofScope);
                foreach (var item in Elements(inner, items))
                {
                    if (found.Count == OtlpRequest.MostItems) throw OtlpRequest.TooMany();
                    source ??= (resource ??= Unicode(() => Resource(Member(members, "resource"), redaction))) with { Scope = Unicode(() => Scope(Member(inner, "scope"), redaction)) };
                    found.Add(new OtlpItem(source, item));
                }
            }
        }
        return found;
    }

    private static SpanSource Resource(ReadOnlyMemory<byte> json, SpanRedaction redaction) =>
        OtlpSource.Of(Attributes((Tree(json, OtlpSource.MostValues, redaction) as JsonObject)?["attributes"]));

    private static string Scope(ReadOnlyMemory<byte> json, SpanRedaction redaction) => Shown.Word(Text((Tree(json, OtlpSource.MostValues, redaction) as JsonObject)?["name"]) ?? "", LongestName);

    private static T Unicode<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException) // what the reader of JSON says to an escape that is half a character
        {
            throw new InvalidDataException("The body holds text that is no Unicode.", e);
        }
    }

    /// <returns>Null for what is no object, or one of more values than a span has.</returns>
    private static JsonObject? Item(OtlpItem item, SpanRedaction redaction) => Tree(item.Bytes, MostValues, redaction) as JsonObject;

    /// <exception cref="RefusedException">400: no object, or one that says something twice.</exception>
    private static List<JsonField> Members(ReadOnlyMemory<byte> json)
    {
        var members = JsonBytes.Fields(json, "The body or a part of it", MostMembers);
        for (var i = 0; i < members.Count; i++)
            if (members.FindIndex(m => m.Name.Span.SequenceEqual(members[i].Name.Span)) < i) throw new InvalidDataException("The body is no JSON of OTLP: it says something twice.");
        return members;
    }

    private static ReadOnlyMemory<byte> Member(List<JsonField> members, string name) =>
        members.Find(m => m.Name.Span.SequenceEqual(Encoding.UTF8.GetBytes(name))) is { Value: var value } && !JsonBytes.IsNull(value.Span) ? value : default;

    private static List<ReadOnlyMemory<byte>> Elements(List<JsonField> members, string name) =>
        Member(members, name) is { IsEmpty: false } list ? JsonBytes.Elements(list, $"`{name}`", OtlpRequest.MostItems) : [];

    private static JsonNode? Tree(ReadOnlyMemory<byte> json, int most, SpanRedaction redaction)
    {
        if (json.IsEmpty || JsonBytes.HoldsMore(json.Span, most)) return null;
        var tree = Parse(json.Span);
        if (tree is not null && redaction.Concerns(json.Span)) JsonRedaction.Apply(tree, redaction);
        return tree;
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
