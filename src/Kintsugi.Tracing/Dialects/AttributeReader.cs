using System.Text.Json.Nodes;
using static Kintsugi.Tracing.Dialects.ForeignJson;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Reads attributes and remembers which were understood: the rest is what no property tells.</summary>
/// <remarks>Of several names for one fact the first that says something counts. Another name counts as understood when it says the same, so that nothing is lost where they differ.</remarks>
internal sealed class AttributeReader(JsonObject attributes)
{
    /// <summary>Flattened attributes that are put together again; those beyond stay as they came.</summary>
    private const int MostFlattened = 10_000;

    private const int MostSegments = 12;

    private readonly HashSet<string> _read = [];

    public bool Has(string name) => attributes.ContainsKey(name);

    public JsonNode? this[string name] => At(attributes, name);

    public string? Text(params ReadOnlySpan<string> names) => First(names, AsWords, (a, b) => a == b);

    public long? Count(params ReadOnlySpan<string> names) => First(names, node => AsCount(node), (a, b) => a == b);

    /// <summary>A time in the given unit of a second; null where it is negative or beyond a year.</summary>
    public TimeSpan? Time(string name, double unit) =>
        AsNumber(this[name]) is { } value && value * unit is >= 0 and < 366 * 86_400.0 && _read.Add(name) ? TimeSpan.FromTicks((long)Math.Round(value * unit * TimeSpan.TicksPerSecond)) : null;

    /// <summary>A list of texts, or one text.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        List<string> texts = this[name] is JsonArray array ? [.. array.Select(AsText).OfType<string>()] : AsWords(this[name]) is { } one ? [one] : [];
        if (texts.Count > 0) _read.Add(name);
        return texts;
    }

    /// <summary>What an attribute says in JSON; a text that is none, as it stands.</summary>
    public JsonNode? Json(params ReadOnlySpan<string> names)
    {
        JsonNode? first = null;
        foreach (var name in names)
        {
            if (this[name] is not { } value || Told(value) is not { } told) continue;
            if (first is null) first = told;
            else if (!JsonNode.DeepEquals(first, told)) continue;
            _read.Add(name);
        }
        return first;
    }

    /// <summary>Marks an attribute as told when it says what is known already.</summary>
    public void Known(string name, string? same)
    {
        if (same is not null && AsText(this[name]) == same) _read.Add(name);
    }

    public void Known(string name, long? same)
    {
        if (same is not null && AsCount(this[name]) == same) _read.Add(name);
    }

    /// <summary>All attributes below a prefix (`gen_ai.request.`) that <paramref name="take"/> has a use for.</summary>
    public void Each(string prefix, Func<string, JsonNode, bool> take)
    {
        foreach (var (name, value) in attributes)
            if (value is not null && name.StartsWith(prefix, StringComparison.Ordinal) && !_read.Contains(name) && take(name[prefix.Length..], value)) _read.Add(name);
    }

    /// <summary>Puts a flattened list together: `llm.tools.0.tool.name` is the `name` in the `tool` of the first of `llm.tools`.</summary>
    /// <remarks>The numbers order, they never size anything: item 999,999,999 alone is a list of one.</remarks>
    public JsonArray Flattened(string prefix)
    {
        var root = new JsonObject();
        var left = MostFlattened;
        Each(prefix + ".", (path, value) => left-- > 0 && Insert(root, path, value));
        return Lists(root) as JsonArray ?? [];
    }

    /// <summary>What was not understood, as it came, in its order.</summary>
    public JsonObject Rest()
    {
        var rest = new JsonObject();
        foreach (var (name, value) in attributes)
            if (!_read.Contains(name)) rest[name] = Copy(value);
        return rest;
    }

    private T? First<T>(ReadOnlySpan<string> names, Func<JsonNode?, T?> read, Func<T, T, bool> same)
    {
        var first = default(T?);
        foreach (var name in names)
        {
            if (read(this[name]) is not { } value) continue;
            if (first is null) first = value;
            else if (!same(first, value)) continue;
            _read.Add(name);
        }
        return first;
    }

    private static bool Insert(JsonObject root, string path, JsonNode value)
    {
        var segments = path.Split('.', MostSegments + 1);
        if (segments.Length > MostSegments || !IsNumber(segments[0])) return false;
        var at = root;
        foreach (var segment in segments.AsSpan(..^1))
        {
            if (!at.TryGetPropertyValue(segment, out var next)) at[segment] = next = new JsonObject();
            if (next is not JsonObject inner) return false; // both a value and a parent of values
            at = inner;
        }
        return at.TryAdd(segments[^1], Copy(value));
    }

    private static JsonNode? Lists(JsonNode? node)
    {
        if (node is not JsonObject parent) return Copy(node);
        if (parent.Count > 0 && parent.All(p => IsNumber(p.Key)))
            return new JsonArray([.. parent.OrderBy(p => p.Key.TrimStart('0').Length).ThenBy(p => p.Key.TrimStart('0'), StringComparer.Ordinal).Select(p => Lists(p.Value))]);
        var copy = new JsonObject();
        foreach (var (name, value) in parent) copy[name] = Lists(value);
        return copy;
    }

    private static bool IsNumber(string segment) => segment.Length > 0 && segment.All(char.IsAsciiDigit);
}
