using System.Text.Json;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>Values as a score's reason shows them.</summary>
internal static class Quote
{
    public static string Json(JsonElement value) => Shown.Word(value.ValueKind == JsonValueKind.Undefined ? "nothing" : value.GetRawText());
}
