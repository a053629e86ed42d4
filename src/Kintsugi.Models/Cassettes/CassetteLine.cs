using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Cassettes;

/// <summary>One recording as one line of JSON, to be read by people and compared by git. docs/cassettes.md describes it.</summary>
/// <remarks>
/// What a line holds must make the same line again, and give back the answer byte for byte: so an answer stands in it as it is where that is one
/// line of JSON, else as its lines of text, else in base64.
/// </remarks>
internal static class CassetteLine
{
    private const int LongestWord = 1024;

    /// <summary>Deep enough for a question or an answer of <see cref="CanonicalRequest.MaxDepth"/> within the line.</summary>
    private const int MaxDepth = CanonicalRequest.MaxDepth + 1;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly SearchValues<byte> NotText = SearchValues.Create([.. Enumerable.Range(0, 32).Where(b => b is not ('\t' or '\n' or '\r')).Select(b => (byte)b)]);
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>For the reader alone: they are in the answer, and are read out of it.</summary>
    private static readonly string[] Facts = ["served_model", "finish_reason", "fingerprint", "input_tokens", "output_tokens"];

    private static readonly string[] Known =
    [
        "sample", "epoch", "ordinal", "provider", "model", "path", "question", "request", "status", "content_type", "answer", "answer_lines", "answer_base64", .. Facts, "latency_ms", "at",
    ];

    /// <summary>Writes the line without its end.</summary>
    public static void Write(IBufferWriter<byte> output, Recording recording)
    {
        using var writer = new Utf8JsonWriter(output, Plain);
        writer.WriteStartObject();
        writer.WriteString("sample", recording.Key.SampleId);
        writer.WriteNumber("epoch", recording.Key.Epoch);
        writer.WriteNumber("ordinal", recording.Key.Ordinal);
        writer.WriteString("provider", recording.Provider);
        writer.WriteString("model", recording.Model);
        WriteQuestion(writer, recording);
        writer.WriteNumber("status", recording.Answer.Status);
        writer.WriteString("content_type", recording.Answer.ContentType);
        WriteAnswer(writer, recording.Answer.Body.Span);
        WriteFacts(writer, recording.Answer);
        writer.WriteNumber("latency_ms", recording.Latency.Ticks / TimeSpan.TicksPerMicrosecond / 1000m);
        writer.WriteString("at", recording.At.ToString("O", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    /// <exception cref="FormatException">It is no recording; the message says what is wrong and what to do.</exception>
    public static Recording Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new FormatException($"It is not JSON ({e.Message.Split(". ")[0]}). Export the recordings again.", e);
        }
        catch (InvalidOperationException e) // half a surrogate pair, or bytes that are not UTF-8
        {
            throw new FormatException("A string in it is not valid Unicode. Export the recordings again.", e);
        }
    }

    private static void WriteQuestion(Utf8JsonWriter writer, Recording recording)
    {
        var canonical = recording.Question;
        var end = canonical.Span.IndexOf((byte)'\n');
        var (path, rest) = end < 0 ? (canonical, default) : (canonical[..end], canonical[(end + 1)..]);
        writer.WriteString("path", path.Span);
        writer.WritePropertyName("question");
        if (rest.IsEmpty) writer.WriteNullValue();
        else if (IsCanonical(path.Span, rest, canonical.Span)) writer.WriteRawValue(rest.Span, skipInputValidation: true);
        else writer.WriteStringValue(rest.Span);
        if (HashOf(canonical.Span) != recording.Key.Question) writer.WriteString("request", recording.Key.Question);
    }

    /// <summary>Whether the question is a JSON object that reads back as the same question.</summary>
    private static bool IsCanonical(ReadOnlySpan<byte> path, ReadOnlyMemory<byte> rest, ReadOnlySpan<byte> canonical)
    {
        try
        {
            return Question.Read(new ModelRequest(Encoding.UTF8.GetString(path), rest)).Canonical.Span.SequenceEqual(canonical);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void WriteAnswer(Utf8JsonWriter writer, ReadOnlySpan<byte> answer)
    {
        if (IsOneLineOfJson(answer))
        {
            writer.WritePropertyName("answer");
            writer.WriteRawValue(answer, skipInputValidation: true);
        }
        else if (Utf8.IsValid(answer) && !answer.ContainsAny(NotText))
        {
            writer.WriteStartArray("answer_lines");
            foreach (var line in answer.Split((byte)'\n')) writer.WriteStringValue(answer[line]);
            writer.WriteEndArray();
        }
        else
        {
            writer.WriteBase64String("answer_base64", answer);
        }
    }

    /// <summary>Whether the bytes are one value of JSON with nothing around it, on one line.</summary>
    private static bool IsOneLineOfJson(ReadOnlySpan<byte> answer)
    {
        if (answer.IsEmpty || answer.ContainsAny("\r\n"u8) || " \t"u8.Contains(answer[0]) || " \t"u8.Contains(answer[^1]) || !Utf8.IsValid(answer)) return false;
        try
        {
            var reader = new Utf8JsonReader(answer, new JsonReaderOptions { MaxDepth = CanonicalRequest.MaxDepth });
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void WriteFacts(Utf8JsonWriter writer, ModelAnswer answer)
    {
        if (AnswerFacts.Of(answer) is not { } facts) return;
        if (facts.ServedModel is { } model) writer.WriteString(Facts[0], model);
        if (facts.FinishReason is { } reason) writer.WriteString(Facts[1], reason);
        if (facts.Fingerprint is { } fingerprint) writer.WriteString(Facts[2], fingerprint);
        if (facts.InputTokens is { } input) writer.WriteNumber(Facts[3], input);
        if (facts.OutputTokens is { } output) writer.WriteNumber(Facts[4], output);
    }

    private static Recording Read(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object) throw new FormatException("It is not a JSON object. Write one recording a line, as `kintsugi cassette export` does.");
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in line.EnumerateObject())
        {
            if (!Known.Contains(member.Name)) throw new FormatException($"'{Cut(member.Name)}' is not known. Remove it, or use a newer Kintsugi.");
            if (!members.TryAdd(member.Name, member.Value)) throw new FormatException($"'{member.Name}' stands there twice. Keep one of them.");
        }
        var canonical = ReadQuestion(members);
        var key = new RecordingKey(ReadHash(members, canonical), Word(members, "sample"), Whole(members, "epoch", int.MaxValue), Whole(members, "ordinal", int.MaxValue));
        var answer = new ModelAnswer(ReadStatus(members), ReadContentType(members), ReadAnswer(members));
        return new Recording(key, Word(members, "provider"), Text(members, "model"), canonical, answer, ReadAt(members), ReadLatency(members));
    }

    private static byte[] ReadQuestion(Dictionary<string, JsonElement> members)
    {
        var path = Word(members, "path");
        var question = Member(members, "question");
        switch (question.ValueKind)
        {
            case JsonValueKind.Null:
                return Encoding.UTF8.GetBytes($"{path}\n");
            case JsonValueKind.String:
                return Encoding.UTF8.GetBytes($"{path}\n{question.GetString()}");
            case JsonValueKind.Object:
                try
                {
                    return Question.Read(new ModelRequest(path, Encoding.UTF8.GetBytes(question.GetRawText()))).Canonical.ToArray();
                }
                catch (JsonException e)
                {
                    throw new FormatException($"'question' cannot be read ({e.Message.Split(". ")[0]}). Write it as the agent asks it.", e);
                }
            default:
                throw new FormatException("'question' is neither an object nor a text. Write it as the agent asks it.");
        }
    }

    /// <summary>The hash is made from the question, unless secrets were blotted out of it: a hash that is believed shows by its asterisks.</summary>
    private static string ReadHash(Dictionary<string, JsonElement> members, ReadOnlySpan<byte> canonical)
    {
        if (!members.TryGetValue("request", out var request) || !Redaction.ShowsIn(canonical)) return HashOf(canonical);
        var hash = request.ValueKind == JsonValueKind.String ? request.GetString()! : "";
        return hash.Length == 2 * SHA256.HashSizeInBytes && hash.All(char.IsAsciiHexDigitLower)
            ? hash
            : throw new FormatException("'request' is not a SHA-256 in lower-case hexadecimal. Export the recordings again.");
    }

    private static byte[] ReadAnswer(Dictionary<string, JsonElement> members)
    {
        string[] kinds = ["answer", "answer_lines", "answer_base64"];
        var given = kinds.Where(members.ContainsKey).ToList();
        if (given.Count != 1) throw new FormatException($"It has {(given.Count == 0 ? "no answer" : $"{given.Count} answers")}. Write one of {string.Join(", ", kinds)}.");
        var answer = members[given[0]];
        switch (given[0])
        {
            case "answer":
                return Encoding.UTF8.GetBytes(answer.GetRawText());
            case "answer_lines":
                if (answer.ValueKind != JsonValueKind.Array || answer.EnumerateArray().Any(l => l.ValueKind != JsonValueKind.String))
                    throw new FormatException("'answer_lines' is not a list of texts. Write each line of the answer as one.");
                return Strict.GetBytes(string.Join('\n', answer.EnumerateArray().Select(l => l.GetString())));
            default:
                return answer.ValueKind == JsonValueKind.String && answer.TryGetBytesFromBase64(out var bytes)
                    ? bytes
                    : throw new FormatException("'answer_base64' is not base64. Export the recordings again.");
        }
    }

    /// <summary>No model answers with a status that rules a body out; an upstream may.</summary>
    private static int ReadStatus(Dictionary<string, JsonElement> members)
    {
        var status = Whole(members, "status", 599);
        if (status is >= 500 or 401 or 402 or 403 or 408 or 429 && !Word(members, "provider").StartsWith("upstream:", StringComparison.Ordinal))
            throw new FormatException($"'status' is {status}, a failure of the world, which is never recorded. Remove the line.");
        return status >= 200 && (status is not (204 or 205 or 304) || Word(members, "provider").StartsWith("upstream:", StringComparison.Ordinal))
            ? status
            : throw new FormatException($"'status' is {status}. Write an HTTP status from 200 to 599 that an answer may have.");
    }

    private static string ReadContentType(Dictionary<string, JsonElement> members) =>
        Word(members, "content_type") is var type && type.All(c => c is >= ' ' and <= '~')
            ? type
            : throw new FormatException("'content_type' holds a character that no header may hold. Write it in ASCII.");

    private static DateTimeOffset ReadAt(Dictionary<string, JsonElement> members) =>
        DateTimeOffset.TryParseExact(Word(members, "at"), "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at)
            ? at
            : throw new FormatException("'at' is no time. Write it as 2026-01-31T08:15:30.0000000+00:00.");

    private static TimeSpan ReadLatency(Dictionary<string, JsonElement> members) =>
        Member(members, "latency_ms") is { ValueKind: JsonValueKind.Number } latency && latency.TryGetDecimal(out var ms) && ms is >= 0 and < 1e9m
            ? TimeSpan.FromMicroseconds((long)(ms * 1000))
            : throw new FormatException("'latency_ms' is no number of milliseconds. Write how long the answer took.");

    private static string Word(Dictionary<string, JsonElement> members, string name)
    {
        var word = Text(members, name);
        return word.Length <= LongestWord && !word.Any(char.IsControl)
            ? word
            : throw new FormatException($"'{name}' is longer than {LongestWord} characters or holds a control character. Shorten it.");
    }

    private static string Text(Dictionary<string, JsonElement> members, string name) =>
        Member(members, name) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!
            : throw new FormatException($"'{name}' is not a text. Put it in quotation marks.");

    private static int Whole(Dictionary<string, JsonElement> members, string name, int most) =>
        Member(members, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) && number >= 0 && number <= most
            ? number
            : throw new FormatException($"'{name}' is no whole number from 0 to {most}. Write it as one.");

    private static JsonElement Member(Dictionary<string, JsonElement> members, string name) =>
        members.TryGetValue(name, out var value) ? value : throw new FormatException($"It has no '{name}'. Add it, or export the recordings again.");

    private static string HashOf(ReadOnlySpan<byte> canonical) => Convert.ToHexStringLower(SHA256.HashData(canonical));

    private static string Cut(string word) => word.Length <= 40 ? word : word[..40] + "…";
}
