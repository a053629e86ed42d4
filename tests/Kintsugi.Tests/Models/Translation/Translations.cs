using System.Text;
using System.Text.Json;
using Kintsugi.Models;
using Kintsugi.Models.Translation;
using Kintsugi.Models.Wire;

namespace Kintsugi.Tests.Models;

/// <summary>Short words for translating texts.</summary>
internal static class Translations
{
    public const int MaxTokens = 4096;

    public static string PathOf(Dialect dialect) => dialect switch
    {
        Dialect.Chat => "/v1/chat/completions",
        Dialect.Responses => "/v1/responses",
        _ => "/v1/messages",
    };

    public static Translation Of(Dialect asked, Dialect spoken, string body) =>
        Translation.Of(new ModelRequest(PathOf(asked), Encoding.UTF8.GetBytes(body)), asked, spoken, MaxTokens);

    /// <summary>A request with nothing in it that matters.</summary>
    public static Translation Plain(Dialect asked, Dialect spoken, bool stream = false) => Of(asked, spoken, (asked == Dialect.Responses
        ? """{"model":"m","input":"hi","stream":false}"""
        : """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"stream":false}""").Replace("false", stream ? "true" : "false", StringComparison.Ordinal));

    public static string Asked(this Translation translation) => Encoding.UTF8.GetString(translation.Request.Body.Span);

    public static string Back(this Translation translation, string body, int status = 200) =>
        translation.Back(new ModelAnswer(status, "application/json", Encoding.UTF8.GetBytes(body))).Text();

    /// <summary>Translates a stream given at once.</summary>
    public static string Stream(this Translation translation, string events) => translation.Stream([Encoding.UTF8.GetBytes(events)]);

    public static string Stream(this Translation translation, IEnumerable<byte[]> chunks)
    {
        var stream = translation.OpenStream();
        var translated = new MemoryStream();
        foreach (var chunk in chunks) translated.Write(stream.Next(chunk).Span);
        translated.Write(stream.End().Span);
        return Encoding.UTF8.GetString(translated.ToArray());
    }

    /// <summary>Without white space, so that expectations may be written in lines.</summary>
    public static string Compact(string json) => JsonSerializer.Serialize(JsonElement.Parse(json), Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
