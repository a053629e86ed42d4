using System.Text.Json;

namespace Kintsugi.Models.Wire;

/// <summary>Puts a provider's own name for a model in place of the agent's; every other byte of the request stays.</summary>
public static class ModelName
{
    /// <param name="body">One valid JSON object.</param>
    public static ReadOnlyMemory<byte> Replace(ReadOnlyMemory<byte> body, string name)
    {
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isModel = reader.ValueTextEquals("model"u8);
            reader.Read();
            if (!isModel)
            {
                reader.Skip();
                continue;
            }
            var (start, end) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
            var quoted = JsonSerializer.SerializeToUtf8Bytes(name);
            return (byte[])[.. body.Span[..start], .. quoted, .. body.Span[end..]];
        }
        return body;
    }
}
