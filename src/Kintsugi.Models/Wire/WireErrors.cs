using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kintsugi.Models.Wire;

/// <summary>Errors in the words of the caller's own dialect, so that its client library understands them.</summary>
public static class WireErrors
{
    private const string Json = "application/json";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="path">Tells the dialect.</param>
    /// <param name="code">A word a program can ask for.</param>
    public static ModelAnswer In(string path, int status, string code, string message, TimeSpan? retryAfter = null) =>
        WirePaths.IsAnthropic(path) ? Anthropic(status, message, retryAfter) : OpenAi(status, code, message, retryAfter);

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

    public static ModelAnswer Anthropic(int status, string message, TimeSpan? retryAfter = null) =>
        new(status, Json, Write(writer =>
        {
            writer.WriteString("type", "error");
            writer.WriteStartObject("error");
            writer.WriteString("type", AnthropicType(status));
            writer.WriteString("message", message);
            writer.WriteEndObject();
        }), retryAfter);

    /// <summary>The event by which a vendor reports an error within a stream.</summary>
    /// <param name="sent">The stream so far.</param>
    /// <returns>Empty when the stream stopped within an event, where nothing can be said any more.</returns>
    public static byte[] AfterStream(string path, ReadOnlySpan<byte> sent, string code, string message)
    {
        if (!sent.EndsWith("\n\n"u8) && !sent.EndsWith("\n\r\n"u8)) return [];
        var isOfResponses = path == WirePaths.Responses;
        var data = isOfResponses ? OfResponses(code, message, number: sent.Count("\ndata:"u8)) : In(path, 500, code, message).Body;
        return [.. isOfResponses || WirePaths.IsAnthropic(path) ? "event: error\ndata: "u8 : "data: "u8, .. data.Span, .. "\n\n"u8];
    }

    private static ReadOnlyMemory<byte> OfResponses(string code, string message, int number) => Write(writer =>
    {
        writer.WriteString("type", "error");
        writer.WriteString("code", code);
        writer.WriteString("message", message);
        writer.WriteNull("param");
        writer.WriteNumber("sequence_number", number);
    });

    /// <summary>In the form of Google's APIs, for callers of a wire that is not served.</summary>
    public static ModelAnswer Google(int status, string message) =>
        new(status, Json, Write(writer =>
        {
            writer.WriteStartObject("error");
            writer.WriteNumber("code", status);
            writer.WriteString("message", message);
            writer.WriteString("status", "NOT_FOUND");
            writer.WriteEndObject();
        }));

    /// <summary>In the form of Amazon's APIs, likewise.</summary>
    public static ModelAnswer Amazon(int status, string message) => new(status, Json, Write(writer => writer.WriteString("message", message)));

    /// <summary>As Anthropic's API reference pairs statuses and types.</summary>
    public static string AnthropicType(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        408 or 504 => "timeout_error",
        503 or 529 => "overloaded_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };

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
