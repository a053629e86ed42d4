using System.Net.Http.Headers;
using System.Text;
using Kintsugi.Tracing.LangSmith;

namespace Kintsugi.Tests.Tracing.LangSmith;

/// <summary>Requests to LangSmith's API that nobody would send by mistake.</summary>
internal static class LangSmithFuzz
{
    public const string Id = "01a20996-44a2-7000-8000-00d5b599b6ae";

    private static readonly string[] Paths =
    [
        "/runs/multipart", "/runs/batch", "/runs", $"/runs/{Id}", "/runs/query", "/datasets", $"/datasets/{Id}", "/examples", $"/examples/{Id}", "/examples/bulk", "/sessions", $"/sessions/{Id}", "/feedback",
        $"/feedback/{Id}", $"/v1/platform/datasets/{Id}/examples", "/v1/platform/datasets/examples/delete", "/info",
    ];

    private static readonly string[] Names =
        ["id", "trace_id", "dotted_order", "parent_run_id", "name", "run_type", "start_time", "end_time", "error", "extra", "inputs", "outputs", "session_name", "session_id", "reference_example_id", "reference_dataset_id",
         "run_id", "key", "score", "feedback_source", "metadata", "runtime", "platform", "post", "patch", "session", "filter", "limit", "cursor", "dataset_id", "split", "example_ids", "\\ud800", "tags"];

    private static readonly string[] Values =
        ["null", "true", "0", "-1", "1e999", "9223372036854775808", "\"\"", "\"x\"", $"\"{Id}\"", "\"00000000-0000-0000-0000-000000000000\"", "\"2026-11-23T18:06:12.642001Z\"", "\"9999-12-31T23:59:59Z\"", "1795457169247", "NaN", "[]", "{}",
         "\"\\ud800\"", "\"\\u0000\"", "\"llm\"", $"\"20261123T180612642001Z{Id}\"", "\".\"", "\"" + "sk-proj-A1b2C3d4E5f6G7h8I9j0K1l2M3n4" + "\"", "[[[[]]]]", "\"a", "{\"a\":", "\"Traceback (most recent call last):\\n\\n\""];

    private static readonly string[] Queries = ["", "?limit=1", "?limit=-1", "?limit=x", "?offset=99999999999", $"?id={Id}", "?id=x", $"?dataset={Id}&splits=%00", "?name=%22", $"?run={Id}&key=k", "?as_of=latest", "?upsert=true"];

    private static readonly string?[] Types = [null, "text/plain", "application/json; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"x", "multipart/mixed; boundary=x"];

    /// <summary>Each of more than any request needs, some of it small where it is compressed.</summary>
    private static readonly Lazy<byte[]>[] Giants =
    [
        new(() => new byte[64 << 20]),
        new(() => Encoding.UTF8.GetBytes(new string('[', 100_000))),
        new(() => Encoding.UTF8.GetBytes($"{{\"id\":\"{Id}\",\"inputs\":{string.Concat(Enumerable.Repeat("{\"a\":", 50_000))}")),
        new(() => Encoding.UTF8.GetBytes($"{{\"id\":\"{Id}\",{string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"f{i}\":1"))}}}")),
        new(() => Encoding.UTF8.GetBytes($"{{\"id\":\"{Id}\",\"name\":\"n\",\"key\":\"k\",\"inputs\":[{string.Join(',', Enumerable.Repeat("1", 4_000_000))}]}}")),
        new(() => Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("{}", 1_000_000))}]")),
        new(() => Encoding.UTF8.GetBytes($"{{\"id\":\"{new string('a', 1 << 20)}\",\"trace_id\":\"{Id}\"}}")),
        new(() => Encoding.UTF8.GetBytes($"{{\"id\":\"{Id}\",\"dotted_order\":\"{string.Join('.', Enumerable.Repeat("20261123T180612642001Z" + Id, 20_000))}\"}}")),
        new(() => new RunForm().Part($"post.{Id}", "{}").Part($"post.{Id}.inputs", $"\"{new string('x', 10 << 20)}\"").Bytes()),
        new(() => Parts(20_000)),
    ];

    public static HttpRequestMessage Request(Random random)
    {
        var (method, path) = (Pick(random, ["POST", "POST", "PATCH", "GET", "DELETE"]), Pick(random, Paths) + Pick(random, Queries));
        var isGiant = random.Next(500) == 0;
        var form = random.Next(3) == 0;
        byte[]? likely = null;
        if (!isGiant && random.Next(2) == 0) (method, path, likely, form) = Likely(random);
        var body = likely ?? (isGiant ? Pick(random, Giants).Value : form ? Form(random) : Encoding.UTF8.GetBytes(Json(random, 3)));
        if (!isGiant && random.Next(4) == 0 && body.Length > 0) Damage(body, random);
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method is "GET" or "DELETE" ? null : Packed(body, form, random) };
        if (request.Content is { } content && random.Next(20) == 0) content.Headers.ContentType = Pick(random, Types) is { } type && MediaTypeHeaderValue.TryParse(type, out var parsed) ? parsed : null;
        return request;
    }

    /// <summary>What is nearly right gets further.</summary>
    private static (string Method, string Path, byte[] Body, bool IsForm) Likely(Random random)
    {
        var (id, other) = (Pick(random, [Id, Fresh(random)]), $"\"{Pick(random, Names)}\":{Value(random, 2)}");
        var run = $"{{\"id\":\"{id}\",\"trace_id\":\"{id}\",\"name\":\"n\",\"run_type\":\"llm\",\"session_name\":\"fuzz\",{other},\"inputs\":{Value(random, 2)},\"outputs\":{Value(random, 2)},\"extra\":{Value(random, 2)}}}";
        (string Method, string Path, string Json) likely = Pick(random,
        [
            ("POST", "/runs", run), ("PATCH", $"/runs/{id}", run), ("POST", "/runs/batch", $"{{\"post\":[{run}],\"patch\":[{run}]}}"), ("POST", "/runs/query", $"{{\"trace\":\"{Id}\",{other}}}"),
            ("POST", "/datasets", $"{{\"name\":\"{id}\",\"id\":\"{id}\",{other}}}"), ("PATCH", $"/datasets/{Id}", $"{{\"description\":\"d\",{other}}}"), ("POST", "/sessions?upsert=true", $"{{\"name\":\"{id}\",\"reference_dataset_id\":\"{Id}\",{other}}}"),
            ("POST", "/examples", $"{{\"dataset_id\":\"{Id}\",\"inputs\":{{{other}}},\"outputs\":{Value(random, 2)}}}"), ("POST", "/feedback", $"{{\"run_id\":\"{Id}\",\"key\":\"k\",\"score\":{Value(random, 1)},{other}}}"),
            ("PATCH", $"/feedback/{Id}", $"{{{other}}}"), ("POST", "/examples/bulk", $"[{{\"dataset_id\":\"{Id}\",{other}}}]"), ("POST", "/runs/multipart", ""), ("POST", $"/v1/platform/datasets/{Id}/examples", ""),
        ]);
        var form = likely.Path == "/runs/multipart" ? RunMaker.Form(random, 1, fails: random.Next(2) == 0).Part($"feedback.{id}", $"{{\"run_id\":\"{Id}\",\"key\":\"k\",{other}}}") : new RunForm().Part(id, "{}").Part($"{id}.inputs", $"{{{other}}}");
        return likely.Json.Length > 0 ? (likely.Method, likely.Path, Encoding.UTF8.GetBytes(likely.Json), false) : (likely.Method, likely.Path, form.Bytes(), true);
    }

    private static string Fresh(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private static byte[] Parts(int count)
    {
        var form = new RunForm();
        for (var i = 0; i < count; i++) form.Part($"feedback.{Id}", "{}");
        return form.Bytes();
    }

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private static string Json(Random random, int depth)
    {
        if (random.Next(12) == 0) return Pick(random, Values);
        var members = Enumerable.Range(0, random.Next(9)).Select(_ => $"\"{Pick(random, Names)}\":{Value(random, depth)}");
        return "{" + string.Join(',', members) + "}";
    }

    private static string Value(Random random, int depth) =>
        depth == 0 || random.Next(3) > 0 ? Pick(random, Values) : random.Next(2) == 0 ? Json(random, depth - 1) : "[" + string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Json(random, depth - 1))) + "]";

    private static byte[] Form(Random random)
    {
        var form = new RunForm();
        for (var i = random.Next(6); i > 0; i--)
            form.Part(Pick(random, ["post.", "patch.", "feedback.", "attachment.", "", "post"]) + Pick(random, [Id, Fresh(random), "x", ""]) + Pick(random, ["", ".inputs", ".extra", ".error", ".x", "."]), Json(random, 2));
        return form.Bytes();
    }

    private static void Damage(byte[] body, Random random)
    {
        for (var i = random.Next(1, 4); i > 0; i--) body[random.Next(body.Length)] = (byte)random.Next(256);
    }

    private static HttpContent Packed(byte[] body, bool form, Random random)
    {
        var encoding = body.Length > LangSmithEndpoints.MostBytes ? Pick(random, ["gzip", "zstd"]) : Pick<string?>(random, [null, null, "gzip", "zstd", "br"]);
        HttpContent content = form ? RunForm.Content(body, encoding) : new ByteArrayContent(encoding switch { "gzip" => RunForm.Gzip(body), "zstd" => RunForm.Zstd(body), _ => body });
        if (!form) content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        if (!form && encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        if (encoding is not null && random.Next(5) == 0) content = Cut(content, body, encoding);
        return content;
    }

    /// <summary>Compressed bytes that break off or are none.</summary>
    private static ByteArrayContent Cut(HttpContent like, byte[] body, string encoding)
    {
        var packed = encoding == "zstd" ? RunForm.Zstd(body) : RunForm.Gzip(body);
        var content = new ByteArrayContent(packed[..(packed.Length / 2)]);
        content.Headers.ContentType = like.Headers.ContentType;
        content.Headers.ContentEncoding.Add(encoding);
        return content;
    }
}
