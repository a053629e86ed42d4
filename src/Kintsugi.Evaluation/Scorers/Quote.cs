using System.Text.Json;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>Values as a score's reason and a text scorer see them.</summary>
internal static class Quote
{
    public static string Json(JsonElement value) => Shown.Word(value.ValueKind == JsonValueKind.Undefined ? "nothing" : value.GetRawText());

    /// <summary>A string's own characters; any other value as the JSON it was written in.</summary>
    public static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
