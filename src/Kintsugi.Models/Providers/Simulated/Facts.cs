using System.Globalization;
using System.Text.Json;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>What the simulated model has been told of its case: the fields of the user's JSON, and of the tools' results over them.</summary>
/// <remarks>A field of a nested object is known by its path and, where the name is free, by its own name. Null and empty values are missing.</remarks>
internal sealed class Facts
{
    private const int MaxDepth = 5;
    private const int MaxFacts = 2_000;

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    public string? Find(string field) => _values.GetValueOrDefault(field);

    public double? Number(string field) =>
        Find(field) is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;

    public void Add(JsonElement told) => Add(told, "", 0);

    public void Add(string field, string value)
    {
        if (_values.Count < MaxFacts && value.Length > 0) _values[field] = value;
    }

    private void Add(JsonElement told, string prefix, int depth)
    {
        if (told.ValueKind != JsonValueKind.Object || depth == MaxDepth) return;
        foreach (var property in told.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Object)
            {
                Add(property.Value, prefix + property.Name + ".", depth + 1);
                continue;
            }
            var text = Text(property.Value);
            Add(prefix + property.Name, text);
            if (depth > 0 && !_values.ContainsKey(property.Name)) Add(property.Name, text);
        }
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "",
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        _ => value.GetRawText(),
    };
}
