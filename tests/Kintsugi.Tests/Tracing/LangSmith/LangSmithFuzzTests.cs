using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Kintsugi.Tests.Tracing.LangSmith;

/// <summary>A slice of what strangers may send: whatever it is, the answer is one that says what is wrong with it.</summary>
public class LangSmithFuzzTests
{
    private const string Id = "01a20996-44a2-7000-8000-00d5b599b6ae";

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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Nothing_that_is_sent_is_a_failure_of_ours(int seed)
    {
        await using var host = await LangSmithHost.StartAsync();
        var random = new Random(seed);
        for (var i = 0; i < 1_500; i++)
        {
            var (method, path) = (Pick(random, ["POST", "PATCH", "GET", "DELETE"]), Pick(random, Paths) + Pick(random, Queries));
            var form = random.Next(3) == 0;
            var body = form ? Form(random) : Encoding.UTF8.GetBytes(Json(random, 3));
            if (random.Next(4) == 0 && body.Length > 0) Damage(body, random);
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method is "GET" or "DELETE" ? null : Packed(body, form, random) };
            using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);

            Assert.True((int)response.StatusCode < 500 || response.StatusCode == HttpStatusCode.ServiceUnavailable, $"{method} {path} of seed {seed}, {i}: {(int)response.StatusCode}\n{Encoding.UTF8.GetString(body)}");
            Assert.NotEqual(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        }
        Assert.Equal(HttpStatusCode.Accepted, (await host.PostAsync("/runs", $$"""{"id":"{{Id}}","name":"still here"}""")).Status);
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
            form.Part(Pick(random, ["post.", "patch.", "feedback.", "attachment.", "", "post"]) + Pick(random, [Id, Guid.CreateVersion7().ToString(), "x", ""]) + Pick(random, ["", ".inputs", ".extra", ".error", ".x", "."]), Json(random, 2));
        return form.Bytes();
    }

    private static void Damage(byte[] body, Random random)
    {
        for (var i = random.Next(1, 4); i > 0; i--) body[random.Next(body.Length)] = (byte)random.Next(256);
    }

    private static HttpContent Packed(byte[] body, bool form, Random random)
    {
        var encoding = Pick<string?>(random, [null, null, "gzip", "zstd", "br"]);
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
