using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kintsugi.Tracing.Dialects;

/// <summary>A stranger's JSON, read into nodes that nothing later can stumble over: a name stands once (the last wins), strings are whole, numbers are in range, depth has an end.</summary>
internal static class ForeignJson
{
    /// <summary>What lies deeper is kept as text.</summary>
    public const int Deepest = 64;

    private static readonly JsonDocumentOptions Lenient = new() { MaxDepth = 1000 };

    /// <returns>False when it is no JSON.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> json, out JsonNode? node)
    {
        node = null;
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            node = Of(document.RootElement);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <returns>What the text says in JSON, else the text itself.</returns>
    public static JsonNode? OfText(string text) =>
        MayBeJson(text) && TryParse(Encoding.UTF8.GetBytes(text), out var node) ? node : JsonValue.Create(text);

    /// <summary>A text is parsed, anything else copied.</summary>
    public static JsonNode? Told(JsonNode? node) => AsText(node) is { } text ? OfText(text) : Copy(node);

    public static JsonNode? Copy(JsonNode? node) => Copy(node, 0);

    public static JsonNode? Of(JsonElement element) => Of(element, 0);

    /// <returns>Null for anything but a string.</returns>
    public static string? AsText(JsonNode? node) => node is not JsonValue value ? null
        : value.TryGetValue(out JsonElement element) ? (element.ValueKind == JsonValueKind.String ? Text(element) : null)
        : value.TryGetValue(out string? text) ? text
        : null;

    /// <summary>A string that says something.</summary>
    public static string? AsWords(JsonNode? node) => AsText(node) is { Length: > 0 } text ? text : null;

    /// <returns>Null for anything but a finite number, or a string of one.</returns>
    public static double? AsNumber(JsonNode? node)
    {
        if (node is not JsonValue value) return null;
        if (AsText(value) is { } text) return double.TryParse(text, out var said) && double.IsFinite(said) ? said : null;
        return value.GetValueKind() == JsonValueKind.Number && TryNumber(value, out var number) && double.IsFinite(number) ? number : null;
    }

    /// <returns>Null for anything but a whole number in [0, 2⁵³], or a string of one.</returns>
    public static long? AsCount(JsonNode? node) => AsNumber(node) is { } number and >= 0 and <= 1L << 53 && Math.Floor(number) == number ? (long)number : null;

    /// <summary>A property of an object; null of anything else.</summary>
    public static JsonNode? At(JsonNode? node, string name) => node is JsonObject parent && parent.TryGetPropertyValue(name, out var value) ? value : null;

    /// <summary>The first of several properties that is there and not null.</summary>
    public static JsonNode? At(JsonNode? node, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (At(node, name) is { } value) return value;
        return null;
    }

    private static bool TryNumber(JsonValue value, out double number)
    {
        number = double.NaN;
        if (value.TryGetValue(out JsonElement element)) return element.TryGetDouble(out number);
        if (value.TryGetValue(out number)) return true;
        if (value.TryGetValue(out long whole)) number = whole;
        else if (value.TryGetValue(out int small)) number = small;
        else if (value.TryGetValue(out ulong big)) number = big;
        else if (value.TryGetValue(out decimal exact)) number = (double)exact;
        else return false;
        return true;
    }

    private static bool MayBeJson(string text)
    {
        var start = text.AsSpan().TrimStart();
        return start.Length > 0 && (start[0] is '{' or '[' or '"' or '-' or 't' or 'f' or 'n' || char.IsAsciiDigit(start[0]));
    }

    private static JsonNode? Copy(JsonNode? node, int depth)
    {
        switch (node)
        {
            case null:
                return null;
            case JsonValue value when value.TryGetValue(out JsonElement element):
                return Of(element, depth);
            case JsonValue value when value.TryGetValue(out double number) && !double.IsFinite(number):
                return JsonValue.Create(number.ToString(System.Globalization.CultureInfo.InvariantCulture)); // JSON has no NaN
            case JsonValue value when value.TryGetValue(out float number) && !float.IsFinite(number):
                return JsonValue.Create(number.ToString(System.Globalization.CultureInfo.InvariantCulture));
            case JsonValue value:
                return value.DeepClone();
            case var _ when depth >= Deepest:
                return JsonValue.Create("…");
            case JsonArray array:
                return new JsonArray([.. array.Select(item => Copy(item, depth + 1))]);
            default:
                var copy = new JsonObject();
                foreach (var (name, value) in (JsonObject)node) copy[name] = Copy(value, depth + 1);
                return copy;
        }
    }

    private static JsonNode? Of(JsonElement element, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object or JsonValueKind.Array when depth >= Deepest:
                return JsonValue.Create(element.GetRawText());
            case JsonValueKind.Object:
                var read = new JsonObject();
                foreach (var property in element.EnumerateObject()) read[Name(property)] = Of(property.Value, depth + 1);
                return read;
            case JsonValueKind.Array:
                var items = new JsonArray();
                foreach (var item in element.EnumerateArray()) items.Add(Of(item, depth + 1));
                return items;
            case JsonValueKind.String:
                return JsonValue.Create(Text(element));
            case JsonValueKind.Number:
                return element.TryGetInt64(out var whole) ? JsonValue.Create(whole)
                    : element.TryGetDouble(out var number) && double.IsFinite(number) ? JsonValue.Create(number)
                    : JsonValue.Create(element.GetRawText());
            case JsonValueKind.True:
                return JsonValue.Create(true);
            case JsonValueKind.False:
                return JsonValue.Create(false);
            default:
                return null;
        }
    }

    private static string Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException) // half of a surrogate pair, escaped
        {
            return element.GetRawText();
        }
    }

    private static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return property.ToString();
        }
    }
}
