using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;

namespace Kintsugi.Models.Cassettes;

/// <summary>A request as it is recognised: which model it names, whether it wants a stream, and what makes it equal to another.</summary>
/// <param name="Model">As the agent wrote it; empty when it named none.</param>
/// <param name="Canonical">See <see cref="CanonicalRequest"/>.</param>
/// <param name="Hash">SHA-256 of <paramref name="Canonical"/> in lower-case hexadecimal.</param>
public sealed record Question(string Model, bool IsStreamed, ReadOnlyMemory<byte> Canonical, string Hash)
{
    /// <summary>Whether it asks for `temperature` 0: as far as the model can, it answers equal questions equally.</summary>
    public bool IsAtTemperatureZero { get; private init; }

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = CanonicalRequest.MaxDepth, AllowDuplicateProperties = false };

    /// <exception cref="JsonException">The body is not one JSON object in UTF-8, is nested too deep, or names a key twice (two readers could then read two questions).</exception>
    public static Question Read(ModelRequest request)
    {
        var asked = Asked(request);
        if (request.Body.IsEmpty) return Of("", isStreamed: false, CanonicalRequest.Write(asked, null));
        if (!Utf8.IsValid(request.Body.Span)) throw new JsonException("The body is not UTF-8."); // the parser lets bad bytes through, and the canonical form would make them all one
        using var document = JsonDocument.Parse(request.Body, Strict);
        var body = document.RootElement;
        if (body.ValueKind != JsonValueKind.Object) throw new JsonException("The body is not a JSON object.");
        var canonical = CanonicalRequest.Write(asked, body); // first: it finds the strings that cannot be read
        var model = body.TryGetProperty("model", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "";
        return Of(model, body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True, canonical) with
        {
            IsAtTemperatureZero = body.TryGetProperty("temperature", out var temperature) && temperature.ValueKind == JsonValueKind.Number && temperature.GetDouble() == 0,
        };
    }

    /// <summary>The path, and after it the features that headers ask for: `/v1/messages anthropic-beta=context-1m-2025-08-07`. A version of the format is no feature.</summary>
    private static string Asked(ModelRequest request)
    {
        var asked = request.Path;
        foreach (var (name, value) in request.Headers)
            if (name != "anthropic-version") asked += $" {name}={value}";
        return asked;
    }

    private static Question Of(string model, bool isStreamed, byte[] canonical)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonical, hash);
        return new Question(model, isStreamed, canonical, Convert.ToHexStringLower(hash));
    }
}
