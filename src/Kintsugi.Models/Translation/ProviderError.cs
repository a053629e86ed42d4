using System.Text.Json;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Translation;

/// <summary>An error as a provider said it.</summary>
/// <param name="Status">Of HTTP; within a stream, the one that its word stands for.</param>
/// <param name="Word">The provider's own word for it; null when it has none.</param>
internal sealed record ProviderError(int Status, string? Word, string Message)
{
    /// <param name="body">An object with an `error`, as both vendors send it, or whatever else a service sends.</param>
    public static ProviderError Read(int status, ReadOnlyMemory<byte> body)
    {
        try
        {
            return Read(status, JsonElement.Parse(body.Span, Json.Bounds));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a string that is not valid Unicode
        {
            return new ProviderError(status, null, Unreadable(status));
        }
    }

    public static ProviderError Read(int? status, JsonElement body)
    {
        var error = body.Member("error") ?? body;
        var message = error.ValueKind == JsonValueKind.String ? error.GetString() : error.Text("message") ?? error.Text("detail");
        var word = error.Text("code") ?? error.Text("type");
        var known = status ?? StatusOf(word);
        return new ProviderError(known, word, message ?? Unreadable(known));
    }

    /// <summary>`error.type` as OpenAI has it.</summary>
    public string OpenAiType => Status switch
    {
        429 => "rate_limit_error",
        401 => "authentication_error",
        403 => "permission_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    public void WriteAnthropic(Utf8JsonWriter json)
    {
        json.WriteString("type", "error");
        json.WriteStartObject("error");
        json.WriteString("type", WireErrors.AnthropicType(Status));
        json.WriteString("message", Message);
        json.WriteEndObject();
    }

    public void WriteOpenAi(Utf8JsonWriter json)
    {
        json.WriteStartObject("error");
        json.WriteString("message", Message);
        json.WriteString("type", OpenAiType);
        json.WriteNull("param");
        json.WriteString("code", Word);
        json.WriteEndObject();
    }

    private static int StatusOf(string? word) => word switch
    {
        "invalid_request_error" => 400,
        "authentication_error" or "invalid_api_key" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" or "model_not_found" => 404,
        "request_too_large" => 413,
        "rate_limit_error" or "rate_limit_exceeded" or "insufficient_quota" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    };

    private static string Unreadable(int status) => $"The service answered with status {status} and no error that can be read.";
}
