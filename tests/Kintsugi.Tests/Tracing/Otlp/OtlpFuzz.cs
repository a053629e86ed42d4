using System.IO.Compression;
using System.Text;
using Kintsugi.Tracing.Otlp;

namespace Kintsugi.Tests.Tracing.Otlp;

/// <summary>Requests that nobody would send by mistake.</summary>
internal static class OtlpFuzz
{
    private static readonly string[] Types = ["application/x-protobuf", "application/json", "application/json;charset=utf-8", "text/plain", ""];
    private static readonly string[] Encodings = ["", "", "", "gzip", "zstd", "deflate", "identity", "br", "gzip, gzip"];

    /// <summary>Each of more than any request needs.</summary>
    private static readonly Lazy<(byte[] Body, bool IsJson)>[] Giants =
    [
        new(() => (new byte[64 << 20], false)),
        new(() => (Spans(span => Repeat(100_000, i => SpanMaker.Attribute(span, 9, $"a{i}", i))), false)),
        new(() => (Spans(span => SpanMaker.Attribute(span, 9, "a", new string('x', 10 << 20))), false)),
        new(() => (Spans(span => ProtoWriter.Bytes(span, 9, Nested(20_000))), false)),
        new(() => (Scopes(scope => Repeat(1_000_000, _ => ProtoWriter.Bytes(scope, 2, []))), false)),
        new(() => (SpanMaker.Message(request => Repeat(1_000_000, _ => ProtoWriter.Bytes(request, 1, []))), false)),
        new(() => (Scopes(scope => ProtoWriter.Bytes(scope, 2, SpanMaker.Message(record =>
        {
            ProtoWriter.Fixed64(record, 1, 5);
            ProtoWriter.Bytes(record, 9, [.. Enumerable.Repeat((byte)1, 16)]);
            ProtoWriter.Bytes(record, 10, [.. Enumerable.Repeat((byte)1, 8)]);
            ProtoWriter.Bytes(record, 5, SpanMaker.Message(any => ProtoWriter.Bytes(any, 5, SpanMaker.Message(list => Repeat(1_500_000, _ => ProtoWriter.Bytes(list, 1, []))))));
        }))), false)),
        new(() => (Encoding.UTF8.GetBytes(new string('[', 100_000)), true)),
        new(() => (Encoding.UTF8.GetBytes($"{{\"resourceSpans\":[{string.Join(',', Enumerable.Repeat("{}", 3_000_000))}]}}"), true)),
        new(() => (Encoding.UTF8.GetBytes($"{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"attributes\":[{string.Join(',', Enumerable.Repeat("1", 4_000_000))}]}}]}}]}}]}}"), true)),
        new(() => (Encoding.UTF8.GetBytes($"{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{string.Join(',', Enumerable.Repeat("{}", 3_000_000))}]}},\"scopeSpans\":[{{\"spans\":[{{}}]}}]}}]}}"), true)),
    ];

    public static (string Path, byte[] Body, string Type, string Encoding) Request(Random random)
    {
        if (random.Next(500) == 0)
        {
            var (giant, isText) = Giants[random.Next(Giants.Length)].Value;
            var isPacked = giant.Length > OtlpEndpoints.MostBytes || random.Next(2) == 0;
            return (random.Next(2) == 0 ? "v1/logs" : "v1/traces", isPacked ? Gzip(giant) : giant, isText ? "application/json" : "application/x-protobuf", isPacked ? "gzip" : "");
        }
        var path = random.Next(3) == 0 ? "v1/logs" : "v1/traces";
        var isJson = random.Next(2) == 0;
        var body = isJson ? Json(random) : Spoilt(random, SpanMaker.Request(random, 1 + random.Next(3), failing: random.Next(3)));
        var encoding = random.Next(4) == 0 ? Encodings[random.Next(Encodings.Length)] : "";
        if (encoding == "gzip" && random.Next(2) == 0) body = Spoilt(random, Gzip(body));
        return (path, body, random.Next(10) == 0 ? Types[random.Next(Types.Length)] : isJson ? "application/json" : "application/x-protobuf", encoding);
    }

    private static byte[] Spans(Action<Stream> rest) => Scopes(scope => ProtoWriter.Bytes(scope, 2, SpanMaker.Span([.. Enumerable.Repeat((byte)1, 16)], [.. Enumerable.Repeat((byte)1, 8)], null, "giant", 5, 6, rest)));

    private static byte[] Scopes(Action<Stream> scope) => SpanMaker.Message(request => ProtoWriter.Bytes(request, 1, SpanMaker.Message(m => ProtoWriter.Bytes(m, 2, SpanMaker.Message(scope)))));

    private static byte[] Nested(int deep)
    {
        byte[] value = [];
        for (var i = 0; i < deep; i++) value = SpanMaker.Message(any => ProtoWriter.Bytes(any, 2, SpanMaker.Message(v => ProtoWriter.Bytes(v, 5, SpanMaker.Message(list => ProtoWriter.Bytes(list, 1, value))))));
        return value;
    }

    private static void Repeat(int times, Action<int> write)
    {
        for (var i = 0; i < times; i++) write(i);
    }

    private static byte[] Spoilt(Random random, byte[] body)
    {
        var spoilt = body.ToList();
        for (var edits = random.Next(6); edits > 0 && spoilt.Count > 0; edits--)
        {
            var at = random.Next(spoilt.Count);
            switch (random.Next(5))
            {
                case 0: spoilt[at] = (byte)random.Next(256); break;
                case 1: spoilt[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: spoilt.RemoveRange(at, Math.Min(spoilt.Count - at, 1 + random.Next(20))); break;
                case 3: spoilt.InsertRange(at, Enumerable.Repeat((byte)0xFF, 1 + random.Next(12))); break;
                default: spoilt.InsertRange(at, spoilt.Skip(random.Next(spoilt.Count)).Take(1 + random.Next(200)).ToList()); break;
            }
        }
        return [.. spoilt];
    }

    private static byte[] Json(Random random)
    {
        string[] values = ["null", "1", "-1", "1e999", "\"\"", "\"\\ud800\"", "[]", "{}", "true", "18446744073709551616", "\"NaN\"", "[[[[[]]]]]", "\"2\"", new string('[', 70) + new string(']', 70)];
        string Any() => values[random.Next(values.Length)];
        string Or(string right) => random.Next(8) == 0 ? Any() : right;
        string Attribute() => $$"""{"key":{{Or("\"gen_ai.request.model\"")}},"value":{{Or($$"""{"{{(random.Next(2) == 0 ? "stringValue" : "intValue")}}":{{Any()}}}""")}}}""";
        string Span() => $$"""{"traceId":{{Or("\"5b8efff798038103d269b633813fc60c\"")}},"spanId":{{Or("\"eee19b7ec3c1b174\"")}},"name":{{Or("\"a\"")}},"startTimeUnixNano":{{Or("\"5\"")}},"endTimeUnixNano":{{Or("6")}},"timeUnixNano":{{Or("\"5\"")}},"body":{{Or(Attribute())}},"attributes":{{Or($"[{Attribute()},{Attribute()}]")}},"events":{{Or($$"""[{"name":{{Any()}},"attributes":[{{Attribute()}}]}]""")}},"status":{{Or($$"""{"code":{{Any()}}}""")}}}""";
        var spans = string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Span()));
        var text = $$"""{"{{(random.Next(2) == 0 ? "resourceSpans" : "resourceLogs")}}":{{Or($$"""[{"resource":{{Or($$"""{"attributes":[{{Attribute()}}]}""")}},"scopeSpans":{{Or($$"""[{"scope":{{Or("{\"name\":\"x\"}")}},"spans":[{{spans}}]}]""")}},"scopeLogs":{{Or($$"""[{"logRecords":[{{spans}}]}]""")}}}]""")}}}""";
        return random.Next(6) == 0 ? Spoilt(random, Encoding.UTF8.GetBytes(text)) : Encoding.UTF8.GetBytes(text);
    }

    private static byte[] Gzip(byte[] body)
    {
        using var bytes = new MemoryStream();
        using (var stream = new GZipStream(bytes, CompressionLevel.Fastest, true)) stream.Write(body);
        return bytes.ToArray();
    }
}
