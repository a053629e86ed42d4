using System.Buffers;
using System.Text.Json;

namespace Kintsugi.Models.Wire;

/// <summary>The answer to "which models are there": OpenAI and Anthropic list them in one shape with different fields.</summary>
public static class ModelsList
{
    public static readonly ModelRequest Question = new(WirePaths.Models, ReadOnlyMemory<byte>.Empty);

    /// <summary>Asks a provider outside any sample, once and without cost.</summary>
    /// <exception cref="TimeoutException">It did not answer within <paramref name="patience"/>.</exception>
    /// <exception cref="HttpRequestException">It could not be reached, or broke off.</exception>
    public static async Task<ModelAnswer> AskAsync(IModelProvider provider, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await provider.AskAsync(Question, new Draw("", 0, 0, 0), either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer within {patience.TotalSeconds:0} s.", e);
        }
    }

    /// <returns>Their names, as far as they can be read.</returns>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static IEnumerable<string> Read(ReadOnlyMemory<byte> answer)
    {
        using var document = JsonDocument.Parse(answer);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array) return [];
        return [.. data.EnumerateArray()
            .Where(model => model.ValueKind == JsonValueKind.Object)
            .Select(model => model.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null)
            .OfType<string>()];
    }

    /// <summary>A list in Anthropic's format. When the models were made is not known to us; the epoch stands for that.</summary>
    public static byte[] Anthropic(IReadOnlyList<string> names) => Write(json =>
    {
        json.WriteStartArray("data");
        foreach (var name in names)
        {
            json.WriteStartObject();
            json.WriteString("type", "model");
            json.WriteString("id", name);
            json.WriteString("display_name", name);
            json.WriteString("created_at", "1970-01-01T00:00:00Z");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteBoolean("has_more", false);
        json.WriteString("first_id", names.Count > 0 ? names[0] : null);
        json.WriteString("last_id", names.Count > 0 ? names[^1] : null);
    });

    /// <summary>A list in OpenAI's format, likewise.</summary>
    public static byte[] OpenAi(IReadOnlyList<string> names) => Write(json =>
    {
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var name in names)
        {
            json.WriteStartObject();
            json.WriteString("id", name);
            json.WriteString("object", "model");
            json.WriteNumber("created", 0);
            json.WriteString("owned_by", "system");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
