using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kintsugi.Models.Wire;

/// <summary>Errors in the words of the caller's own dialect, so that its client library understands them.</summary>
public static class WireErrors
{
    private const string Json = "application/json";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="code">A word a program can ask for.</param>
    public static ModelAnswer OpenAi(int status, string code, string message, TimeSpan? retryAfter = null) =>
        new(status, Json, Write(writer =>
        {
            writer.WriteStartObject("error");
            writer.WriteString("message", message);
            writer.WriteString("type", status < 500 ? "invalid_request_error" : "server_error");
            writer.WriteNull("param");
            writer.WriteString("code", code);
            writer.WriteEndObject();
        }), retryAfter);

    /// <param name="type">One of Anthropic's own, `not_found_error`.</param>
    public static ModelAnswer Anthropic(int status, string type, string message) =>
        new(status, Json, Write(writer =>
        {
            writer.WriteString("type", "error");
            writer.WriteStartObject("error");
            writer.WriteString("type", type);
            writer.WriteString("message", message);
            writer.WriteEndObject();
        }));

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
