using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>JSON that was taken before and goes out as it lies: a tree of it may take twelve times as much.</summary>
[JsonConverter(typeof(Writer))]
internal readonly record struct RawJson(ReadOnlyMemory<byte> Json)
{
    private static readonly JsonTypeInfo<RawJson> Info = (JsonTypeInfo<RawJson>)JsonSerializerOptions.Default.GetTypeInfo(typeof(RawJson));

    /// <param name="json">Valid.</param>
    public static JsonNode Of(ReadOnlyMemory<byte> json) => JsonValue.Create(new RawJson(json), Info)!;

    private sealed class Writer : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("It is only written.");

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json.Span, skipInputValidation: true);
    }
}
