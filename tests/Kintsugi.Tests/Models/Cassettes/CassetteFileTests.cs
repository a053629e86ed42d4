using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsCheck;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Storage;

namespace Kintsugi.Tests.Models.Cassettes;

/// <summary>`cassette export` and `cassette import`.</summary>
public sealed class CassetteFileTests : IDisposable
{
    private const string Line =
        """{"sample":"s","epoch":1,"ordinal":0,"provider":"p","model":"m","path":"/v1/chat/completions","question":{"model":"m"},"status":200,"content_type":"application/json","answer":{"a":1},"latency_ms":1.5,"at":"2026-01-31T08:15:30.0000000+00:00"}""";

    private static readonly DateTimeOffset At = new(2026, 1, 31, 8, 15, 30, TimeSpan.Zero);

    private static readonly CancellationToken Now = TestContext.Current.CancellationToken;

    private readonly string _folder = Directory.CreateTempSubdirectory("kintsugi-cassette-").FullName;
    private int _databases;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_file_is_for_people_to_read()
    {
        var chat = """{"model":"stub-1-2026","system_fingerprint":"fp_1","choices":[{"message":{"content":"Grüße 👋"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":3}}""";
        var secret = """{"messages":[{"content":"my key is sk-0123456789abcdef0123456789abcdef"}],"model":"stub-1"}""";
        Recording[] recordings =
        [
            Recorded("lead-002", 1, 0, "/v1/chat/completions", """{"messages":[{"content":"hello"}],"model":"stub-1"}""", 200, "application/json", Encoding.UTF8.GetBytes(chat)),
            Recorded("lead-001", 1, 1, "/v1/chat/completions", """{"messages":[],"model":"stub-1"}""", 400, "application/json", "{\n  \"error\": \"no\"\n}\n"u8.ToArray()),
            Recorded("lead-001", 1, 0, "/v1/chat/completions", """{"messages":[],"model":"stub-1"}""", 200, "text/event-stream", "data: {\"model\":\"stub-1\",\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"u8.ToArray()),
            Recorded("lead-001", 1, 0, "/v1/chat/completions", secret, 200, "application/json", "{}"u8.ToArray()),
            Recorded("lead-001", 2, 0, "/v1/models", "", 200, "application/json", """{"data":[]}"""u8.ToArray()) with { Model = "" },
            Recorded("lead-001", 1, 0, "upstream CRM_URL", "GET https://crm.example.com/leads?page=2\n9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n", 200, "application/http",
                "HTTP/1.1 200\r\nContent-Length: 4\r\n\r\n"u8.ToArray().Concat(new byte[] { 1, 2, 0xFF, 0xFE }).ToArray()) with { Provider = "upstream:CRM_URL", Model = "" },
        ];

        var file = await ExportAsync(await StoreAsync(recordings));

        var golden = Repository.PathOf("tests/Kintsugi.Tests/Models/Cassettes/cassette.golden.jsonl");
        Assert.Equal(await File.ReadAllTextAsync(golden, Now), Encoding.UTF8.GetString(file));
    }

    private static readonly string[] Samples = ["", "s", "lead \"1\"", "ü"];

    private static readonly byte[][] OddAnswers =
    [
        [], [0xC3, 0x28], .. new[]
        {
            "{\"a\":1}", " {\"a\":1}", "{\"a\":1}\n", "{\"a\": 1.00, \"a\": \"\\u0041\\ud800\"}", "\"\"", "null", "1 2", "\uFEFF{}", "data: x\r\n\r\ndata: [DONE]\n\n", "{\"a\":\"\u2028👋\"}",
            new string('[', 64) + new string(']', 64), new string('[', 65) + new string(']', 65),
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly Gen<byte[]> AnyAnswer = Gen.OneOf(
        Gen.Byte.Array[0, 60],
        Gen.String[0, 40].Select(Encoding.UTF8.GetBytes),
        Gen.String[Gen.Char["{}[]\",:\\ \n\r\t01eE.-nul\u2028\u0000ü"], 0, 30].Select(Encoding.UTF8.GetBytes),
        Gen.Int[0, OddAnswers.Length - 1].Select(n => OddAnswers[n]));

    private static readonly Gen<Recording> AnyRecording =
        Gen.Select(Gen.Int[0, Samples.Length - 1], Gen.Int[0, 2], Gen.Int[0, 2], Gen.String[Gen.Char["ab\"\\ \n\u0001ü"], 0, 12], AnyAnswer, Gen.Long[0, 1_000_000_000], Gen.Bool)
            .Select((sample, epoch, ordinal, text, answer, latency, isUpstream) => isUpstream
                ? Recorded(Samples[sample], epoch, ordinal, "upstream CRM_URL", $"GET https://crm.example.com/{text}\nhash\n", 200, "application/http", answer) with { Provider = "upstream:CRM_URL" }
                : Recorded(Samples[sample], epoch, ordinal, "/v1/responses", JsonSerializer.Serialize(new { text }), 200, "application/json", answer) with { Latency = TimeSpan.FromMicroseconds(latency), Model = text });

    [Fact]
    public void What_is_imported_was_exported_byte_for_byte() => AnyRecording.Array[0, 6].Sample(
        recordings =>
        {
            var first = StoreAsync(recordings).GetAwaiter().GetResult();
            var file = ExportAsync(first).GetAwaiter().GetResult();
            var second = Open();
            ImportAsync(second, file).GetAwaiter().GetResult();

            Assert.Equal(file, ExportAsync(second).GetAwaiter().GetResult());
            using var cassette = new Held(second);
            foreach (var recording in recordings.GroupBy(r => r.Key).Select(g => g.Last()))
            {
                var found = cassette.Cassette.Find(recording.Key)!;
                Assert.Equal(recording.Answer.Body.ToArray(), found.Answer.Body.ToArray());
                Assert.Equal(recording.Question.ToArray(), found.Question.ToArray());
                Assert.Equal(
                    (recording.Provider, recording.Model, recording.Answer.Status, recording.Answer.ContentType, recording.At, recording.Latency),
                    (found.Provider, found.Model, found.Answer.Status, found.Answer.ContentType, found.At, found.Latency));
            }
        },
        iter: 60, threads: 1);

    [Fact]
    public async Task A_question_with_secrets_is_found_after_it_was_carried_elsewhere()
    {
        var recording = Recorded("s", 1, 0, "/v1/responses", """{"input":"sk-0123456789abcdef0123456789abcdef"}""", 200, "application/json", "{}"u8.ToArray());
        var second = Open();
        await ImportAsync(second, await ExportAsync(await StoreAsync(recording)));
        using var cassette = new Held(second);

        var found = cassette.Cassette.Find(recording.Key);

        Assert.Equal("""{"input":"***********************************"}""", Encoding.UTF8.GetString(found!.Question.Span).Split('\n')[1]);
    }

    [Fact]
    public async Task A_secret_in_a_file_stays_out_of_the_database()
    {
        var database = Open();
        await ImportAsync(database, Line.Replace("{\"a\":1}", "\"ghp_0123456789abcdef0123456789abcdef0123\"", StringComparison.Ordinal));

        Assert.DoesNotContain("ghp_", Encoding.UTF8.GetString(await ExportAsync(database)), StringComparison.Ordinal);
    }

    /// <summary>A hash that does not follow from the question would answer another question than the one a reader sees.</summary>
    [Fact]
    public async Task A_hash_is_believed_only_where_asterisks_show_that_something_was_blotted_out()
    {
        var other = new string('0', 64);
        var shown = Hash("/v1/chat/completions\n{\"model\":\"m\"}");
        var database = Open();
        await ImportAsync(database, Line.Replace("\"status\"", $"\"request\":\"{other}\",\"status\"", StringComparison.Ordinal));
        await ImportAsync(database, Line.Replace("\"m\"}", "\"********\"}", StringComparison.Ordinal).Replace("\"status\"", $"\"request\":\"{other}\",\"status\"", StringComparison.Ordinal));
        using var cassette = new Held(database);

        Assert.NotNull(cassette.Cassette.Find(new RecordingKey(shown, "s", 1, 0)));
        Assert.Contains("********", Encoding.UTF8.GetString(cassette.Cassette.Find(new RecordingKey(other, "s", 1, 0))!.Question.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_that_is_there_stays_unless_it_is_to_be_replaced()
    {
        var database = Open();
        await ImportAsync(database, Line);
        var newer = Line.Replace("{\"a\":1}", "{\"a\":2}", StringComparison.Ordinal) + "\n\n" + Line.Replace("\"s\"", "\"t\"", StringComparison.Ordinal) + "\r\n";

        var kept = await ImportAsync(database, newer);
        var before = Encoding.UTF8.GetString(await ExportAsync(database));
        var replaced = await ImportAsync(database, newer, replace: true);

        Assert.Equal(new CassetteImported(2, 1, 1, 0), kept);
        Assert.DoesNotContain("{\"a\":2}", before, StringComparison.Ordinal);
        Assert.Equal(new CassetteImported(2, 0, 0, 2), replaced);
        Assert.Contains("{\"a\":2}", Encoding.UTF8.GetString(await ExportAsync(database)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chosen_samples_are_exported_alone()
    {
        var database = Open();
        await ImportAsync(database, string.Join('\n', Line, Line.Replace("\"s\"", "\"t\"", StringComparison.Ordinal), Line.Replace("\"s\"", "\"s' or 1\"", StringComparison.Ordinal)));
        var output = new MemoryStream();

        var written = await CassetteFile.ExportAsync(database, ["t", "s' or 1", "nobody"], Redaction.OfShapes, output, null, Now);

        Assert.Equal((2, 2, output.Length), (written.Recordings, written.Samples, written.Bytes));
    }

    /// <summary>What is put in place of what, and what is said of line 2.</summary>
    [Theory]
    [InlineData(Line, "{", "It is not JSON (")]
    [InlineData(Line, "[1]", "It is not a JSON object.")]
    [InlineData("\"epoch\":1,", "", "It has no 'epoch'.")]
    [InlineData("\"epoch\":1,", "\"epoch\":-1,", "'epoch' is no whole number from 0 to 2147483647.")]
    [InlineData("\"epoch\":1,", "\"epoch\":1.5,", "'epoch' is no whole number")]
    [InlineData("\"epoch\":1,", "\"epoch\":1,\"epoch\":2,", "'epoch' stands there twice.")]
    [InlineData("\"epoch\":1,", "\"epoch\":1,\"epic\":2,", "'epic' is not known.")]
    [InlineData("\"s\"", "7", "'sample' is not a text.")]
    [InlineData("\"s\"", "\"\\u0000\"", "'sample' is longer than 1024 characters or holds a control character.")]
    [InlineData("\"m\",\"path\"", "\"\\ud800\",\"path\"", "A string in it is not valid Unicode.")]
    [InlineData("\"/v1/chat/completions\"", "\"/v1\\n{}\"", "'path' is longer than 1024 characters or holds a control character.")]
    [InlineData("{\"model\":\"m\"}", "{\"model\":\"m\",\"model\":\"n\"}", "'question' cannot be read (")]
    [InlineData("{\"model\":\"m\"}", "[]", "'question' is neither an object nor a text.")]
    [InlineData("{\"model\":\"m\"}", "\"********\",\"request\":\"../../etc\"", "'request' is not a SHA-256")]
    [InlineData("200", "99", "'status' is 99.")]
    [InlineData("200", "204", "'status' is 204.")]
    [InlineData("200", "1000", "'status' is no whole number from 0 to 599.")]
    [InlineData("application/json", "text/plain\\r\\nX: 1", "'content_type' is longer than 1024 characters or holds a control character.")]
    [InlineData("application/json", "tëxt", "'content_type' holds a character that no header may hold.")]
    [InlineData("\"answer\":{\"a\":1},", "", "It has no answer. Write one of answer, answer_lines, answer_base64.")]
    [InlineData("\"answer\":{\"a\":1},", "\"answer\":1,\"answer_lines\":[],", "It has 2 answers.")]
    [InlineData("\"answer\":{\"a\":1},", "\"answer_lines\":[1],", "'answer_lines' is not a list of texts.")]
    [InlineData("\"answer\":{\"a\":1},", "\"answer_base64\":\"%\",", "'answer_base64' is not base64.")]
    [InlineData("1.5", "-1", "'latency_ms' is no number of milliseconds.")]
    [InlineData("1.5", "1e300", "'latency_ms' is no number of milliseconds.")]
    [InlineData("2026-01-31T08", "yesterday", "'at' is no time.")]
    public async Task A_line_that_is_no_recording_is_named_and_nothing_is_taken_in(string good, string bad, string expected)
    {
        Assert.Contains(good, Line, StringComparison.Ordinal);
        var database = Open();

        var refused = await Assert.ThrowsAsync<InvalidDataException>(
            () => ImportAsync(database, Line.Replace("\"s\"", "\"first\"", StringComparison.Ordinal) + "\n" + Line.Replace(good, bad, StringComparison.Ordinal)));

        Assert.StartsWith("c.jsonl(2): " + expected, refused.Message, StringComparison.Ordinal);
        Assert.Empty(await ExportAsync(database));
    }

    [Fact]
    public async Task A_line_without_end_takes_no_memory_without_end()
    {
        var refused = await Assert.ThrowsAsync<InvalidDataException>(
            () => CassetteFile.ImportAsync(Open(), "c.jsonl", new Endless(), replace: false, Redaction.OfShapes, null, Now));

        Assert.StartsWith("c.jsonl(1): The line is longer than 50 MiB", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    public async Task A_line_nested_without_end_is_refused(string opening)
    {
        var refused = await Assert.ThrowsAsync<InvalidDataException>(
            () => ImportAsync(Open(), Line.Replace("{\"a\":1}", string.Concat(Enumerable.Repeat(opening, 100_000)), StringComparison.Ordinal)));

        Assert.StartsWith("c.jsonl(1): It is not JSON (", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_UTF_16_is_told_so_and_a_byte_order_mark_is_no_matter()
    {
        var refused = await Assert.ThrowsAsync<InvalidDataException>(() => ImportAsync(Open(), Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Line)).ToArray()));

        Assert.Equal("c.jsonl(1): The file is UTF-16. Save it as UTF-8.", refused.Message);
        Assert.Equal(1, (await ImportAsync(Open(), "\uFEFF" + Line)).Added);
    }

    private static Recording Recorded(string sample, int epoch, int ordinal, string path, string rest, int status, string contentType, byte[] answer)
    {
        var canonical = $"{path}\n{rest}";
        if (rest.StartsWith('{')) canonical = Encoding.UTF8.GetString(Question.Read(new ModelRequest(path, Encoding.UTF8.GetBytes(rest))).Canonical.Span);
        return new Recording(
            new RecordingKey(Hash(canonical), sample, epoch, ordinal), "p0", "stub-1", Encoding.UTF8.GetBytes(canonical), new ModelAnswer(status, contentType, answer), At, TimeSpan.FromMicroseconds(12345));
    }

    private static string Hash(string canonical) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));

    private Database Open() => Database.Open(Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{_databases++}.db")));

    private async Task<Database> StoreAsync(params Recording[] recordings)
    {
        var database = Open();
        await using var cassette = new Cassette(database, new SkippingClock());
        foreach (var recording in recordings) await cassette.RecordAsync(recording, Now);
        await cassette.FlushAsync(Now);
        return database;
    }

    private static async Task<byte[]> ExportAsync(Database database)
    {
        var output = new MemoryStream();
        await CassetteFile.ExportAsync(database, null, Redaction.OfShapes, output, null, Now);
        return output.ToArray();
    }

    private static Task<CassetteImported> ImportAsync(Database database, string file, bool replace = false) => ImportAsync(database, Encoding.UTF8.GetBytes(file), replace);

    private static Task<CassetteImported> ImportAsync(Database database, byte[] file, bool replace = false) =>
        CassetteFile.ImportAsync(database, "c.jsonl", new MemoryStream(file), replace, Redaction.OfShapes, null, Now);

    /// <summary>A cassette for the length of a block.</summary>
    private sealed class Held(Database database) : IDisposable
    {
        public Cassette Cassette { get; } = new(database, new SkippingClock());

        public void Dispose() => Cassette.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Gives blanks for as long as anybody reads.</summary>
    private sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)' ');
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
