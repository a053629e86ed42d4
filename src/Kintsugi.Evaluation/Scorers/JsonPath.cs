using System.Globalization;
using System.Text.Json;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>The part of JSONPath (RFC 9535) that scorers need: names, indexes, wildcards and descent; neither filters nor slices.</summary>
/// <remarks>`$`, `.name`, `['name']`, `[0]`, `[-1]`, `.*`, `[*]`, `..name`, `..*`. Written here because a scorer reads a path within a
/// microsecond from a <see cref="JsonElement"/>, and the libraries first copy the document into nodes of their own.</remarks>
internal sealed class JsonPath
{
    private readonly string _text;
    private readonly IReadOnlyList<Segment> _segments;

    private JsonPath(string text, IReadOnlyList<Segment> segments)
    {
        _text = text;
        _segments = segments;
        IsSingular = segments.All(s => !s.Descends && !s.All);
    }

    public static JsonPath Root { get; } = new("$", []);

    /// <summary>Whether the path can name one place at most.</summary>
    public bool IsSingular { get; }

    public override string ToString() => _text;

    /// <summary>Reads a path.</summary>
    /// <exception cref="FormatException">It is none; the message ends a sentence that begins with the path, and says what to write.</exception>
    public static JsonPath Parse(string text)
    {
        if (text.Length == 0 || text[0] != '$') throw new FormatException("does not begin with '$'. Write $ for the whole answer, or $.name for one of its fields.");
        var segments = new List<Segment>();
        var at = 1;
        while (at < text.Length) segments.Add(ParseSegment(text, ref at));
        return new JsonPath(text, segments);
    }

    /// <summary>The first place that the path names, or null.</summary>
    public JsonElement? First(JsonElement root)
    {
        if (!IsSingular) return All(root).Select(e => (JsonElement?)e).FirstOrDefault();
        var current = root;
        foreach (var segment in _segments)
        {
            if (segment.Child(current) is not { } child) return null;
            current = child;
        }
        return current;
    }

    /// <summary>Every place that the path names, in the order of the document.</summary>
    public IEnumerable<JsonElement> All(JsonElement root)
    {
        IEnumerable<JsonElement> places = [root];
        foreach (var segment in _segments)
            places = segment.Descends ? places.SelectMany(SelfAndDescendants).SelectMany(segment.Children) : places.SelectMany(segment.Children);
        return places;
    }

    private static IEnumerable<JsonElement> SelfAndDescendants(JsonElement element)
    {
        yield return element;
        foreach (var child in Segment.Everything(element))
            foreach (var place in SelfAndDescendants(child))
                yield return place;
    }

    private static Segment ParseSegment(string text, ref int at)
    {
        var descends = text.AsSpan(at).StartsWith("..");
        if (descends || text[at] == '.') at += descends ? 2 : 1;
        else if (text[at] != '[') throw new FormatException($"has '{Shown.Word(text[at].ToString())}' at character {at + 1}, where '.' or '[' must stand.");
        if (at < text.Length && text[at] == '[') return ParseBracket(text, ref at, descends);
        if (at < text.Length && text[at] == '*')
        {
            at++;
            return new Segment(null, null, descends);
        }
        var start = at;
        while (at < text.Length && text[at] is not ('.' or '[' or ']' or ' ' or '*' or '?' or '(' or ')' or '@' or '\'' or '"')) at++;
        if (at == start) throw new FormatException($"has no name at character {at + 1}. Write a name there, or ['…'] for one with special characters.");
        return new Segment(text[start..at], null, descends);
    }

    private static Segment ParseBracket(string text, ref int at, bool descends)
    {
        var inside = at + 1;
        if (inside < text.Length && text[inside] is '\'' or '"')
        {
            var quote = text[inside];
            var end = text.IndexOf(quote, inside + 1);
            if (end < 0 || end + 1 >= text.Length || text[end + 1] != ']') throw new FormatException($"has a quoted name at character {inside + 1} that does not end in {quote}].");
            at = end + 2;
            return new Segment(text[(inside + 1)..end], null, descends);
        }
        var close = text.IndexOf(']', inside);
        if (close < 0) throw new FormatException($"has a '[' at character {at + 1} that is never closed.");
        var content = text[inside..close];
        at = close + 1;
        if (content == "*") return new Segment(null, null, descends);
        if (int.TryParse(content, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)) return new Segment(null, index, descends);
        throw new FormatException($"has [{Shown.Word(content)}], which is not spoken here. Write an index, '*' or a quoted name; filters and slices are not read.");
    }

    /// <param name="Name">Of an object's field, or null.</param>
    /// <param name="Index">Of a list's item, negative from its end, or null; with no name either, every child.</param>
    private sealed record Segment(string? Name, int? Index, bool Descends)
    {
        public bool All => Name is null && Index is null;

        public JsonElement? Child(JsonElement of)
        {
            if (Name is not null) return of.ValueKind == JsonValueKind.Object && of.TryGetProperty(Name, out var value) ? value : null;
            if (of.ValueKind != JsonValueKind.Array) return null;
            var index = Index!.Value < 0 ? of.GetArrayLength() + Index.Value : Index.Value;
            return index >= 0 && index < of.GetArrayLength() ? of[index] : null;
        }

        public IEnumerable<JsonElement> Children(JsonElement of) => All ? Everything(of) : Child(of) is { } child ? [child] : [];

        public static IEnumerable<JsonElement> Everything(JsonElement of) => of.ValueKind switch
        {
            JsonValueKind.Object => of.EnumerateObject().Select(p => p.Value),
            JsonValueKind.Array => of.EnumerateArray(),
            _ => [],
        };
    }
}
