using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>A sample on its way into or out of a dataset file.</summary>
/// <param name="Id">Null when it has none yet.</param>
/// <param name="Split">`held_out`, `visible`, or null where the split is left to be chosen.</param>
public sealed record SampleDraft(
    string? Id, JsonElement Input, JsonElement? Target, IReadOnlyList<string> Tags, string? Family, bool Critical, string? Split)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line that stands for it, without a line feed: fields in one order, those that say nothing left out.</summary>
    public string Line(string id)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WritePropertyName("input");
            Input.WriteTo(writer);
            if (Target is { } target)
            {
                writer.WritePropertyName("target");
                target.WriteTo(writer);
            }
            if (Tags.Count > 0)
            {
                writer.WriteStartArray("tags");
                foreach (var tag in Tags) writer.WriteStringValue(tag);
                writer.WriteEndArray();
            }
            if (Family is not null) writer.WriteString("family", Family);
            if (Critical) writer.WriteBoolean("critical", true);
            if (Split is not null) writer.WriteString("split", Split);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
