using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>Writes replies in the OpenAI chat completions format, whole or as a stream of chunks.</summary>
internal static class ChatReply
{
    /// <summary>The answer is a function of the question, so it has no clock: this is when the simulated models were "made".</summary>
    public const long Created = 1_767_225_600;

    private const int ChunkLength = 24;

    /// <summary>Model output goes to a JSON parser, never into a page as it is: letters need no escapes.</summary>
    public static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ModelAnswer Whole(Reply reply, ChatRequest request, string fingerprint, string id, int inputTokens)
    {
        var body = Json(json =>
        {
            Head(json, "chat.completion", request, fingerprint, id);
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("message");
            json.WriteString("role", "assistant");
            json.WriteString("content", reply.Text);
            if (reply.Calls.Count > 0) Calls(json, reply, id, indexed: false);
            json.WriteNull("refusal");
            json.WriteEndObject();
            json.WriteNull("logprobs");
            json.WriteString("finish_reason", Finish(reply));
            json.WriteEndObject();
            json.WriteEndArray();
            Usage(json, reply, inputTokens);
        });
        return new ModelAnswer(200, "application/json", body);
    }

    public static ModelAnswer Streamed(Reply reply, ChatRequest request, string fingerprint, string id, int inputTokens)
    {
        using var buffer = new MemoryStream();
        Chunk(json => json.WriteString("role", "assistant"), null);
        for (var at = 0; reply.Text is { } text && at < text.Length;)
        {
            var length = Math.Min(ChunkLength, text.Length - at);
            if (at + length < text.Length && char.IsHighSurrogate(text[at + length - 1])) length--; // half a character is no UTF-8
            var piece = text.Substring(at, length);
            Chunk(json => json.WriteString("content", piece), null);
            at += length;
        }
        if (reply.Calls.Count > 0) Chunk(json => Calls(json, reply, id, indexed: true), null);
        Chunk(_ => { }, Finish(reply));
        if (request.StreamUsage)
        {
            Event(Json(json =>
            {
                Head(json, "chat.completion.chunk", request, fingerprint, id);
                json.WriteStartArray("choices");
                json.WriteEndArray();
                Usage(json, reply, inputTokens);
            }));
        }
        Event("[DONE]"u8);
        return new ModelAnswer(200, "text/event-stream", buffer.ToArray());

        void Chunk(Action<Utf8JsonWriter> delta, string? finish) => Event(Json(json =>
        {
            Head(json, "chat.completion.chunk", request, fingerprint, id);
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            delta(json);
            json.WriteEndObject();
            json.WriteString("finish_reason", finish);
            json.WriteEndObject();
            json.WriteEndArray();
        }));

        void Event(ReadOnlySpan<byte> data)
        {
            buffer.Write("data: "u8);
            buffer.Write(data);
            buffer.Write("\n\n"u8);
        }
    }

    public static ModelAnswer Error(int status, string type, string? code, string message, TimeSpan? retryAfter = null)
    {
        var body = Json(json =>
        {
            json.WriteStartObject("error");
            json.WriteString("message", message);
            json.WriteString("type", type);
            json.WriteNull("param");
            json.WriteString("code", code);
            json.WriteEndObject();
        });
        return new ModelAnswer(status, "application/json", body, retryAfter);
    }

    public static ModelAnswer Models(IReadOnlyList<SimulatedModel> models) => new(200, "application/json", Json(json =>
    {
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var model in models)
        {
            json.WriteStartObject();
            json.WriteString("id", model.Name);
            json.WriteString("object", "model");
            json.WriteNumber("created", Created);
            json.WriteString("owned_by", "kintsugi-simulated");
            json.WriteString("description", "A simulated interpreter of rubrics. It is no language model.");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }));

    private static void Head(Utf8JsonWriter json, string kind, ChatRequest request, string fingerprint, string id)
    {
        json.WriteString("id", id);
        json.WriteString("object", kind);
        json.WriteNumber("created", Created);
        json.WriteString("model", request.Model);
        json.WriteString("system_fingerprint", fingerprint);
    }

    private static void Calls(Utf8JsonWriter json, Reply reply, string id, bool indexed)
    {
        json.WriteStartArray("tool_calls");
        for (var i = 0; i < reply.Calls.Count; i++)
        {
            json.WriteStartObject();
            if (indexed) json.WriteNumber("index", i);
            json.WriteString("id", $"call_{id[^12..]}_{i}");
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", reply.Calls[i].Tool);
            json.WriteString("arguments", reply.Calls[i].Arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Usage(Utf8JsonWriter json, Reply reply, int inputTokens)
    {
        var outputTokens = Tokens((reply.Text?.Length ?? 0) + reply.Calls.Sum(c => c.Tool.Length + c.Arguments.Length));
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", inputTokens);
        json.WriteNumber("completion_tokens", outputTokens);
        json.WriteNumber("total_tokens", inputTokens + outputTokens);
        json.WriteEndObject();
    }

    /// <summary>The rule of thumb of four characters a token; the simulated model has no tokeniser.</summary>
    public static int Tokens(int characters) => (characters + 3) / 4;

    private static string Finish(Reply reply) => reply.Calls.Count > 0 ? "tool_calls" : "stop";

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
