using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kintsugi.Models.Cassettes;

/// <summary>Where two questions part.</summary>
/// <param name="Places">How many places differ; counting ends where it no longer matters.</param>
/// <param name="Path">Of the first, `messages[1].content`; for an upstream `address`, or `headers or body`.</param>
/// <param name="Recorded">What stands there, cut short.</param>
internal sealed record QuestionDifference(int Places, string Path, string Recorded, string Asked)
{
    /// <summary>The longest part of a value that is shown, in characters.</summary>
    private const int MostShown = 80;

    /// <summary>What is shown of a long text before its first difference.</summary>
    private const int ShownBefore = 24;

    private const int MostPlaces = 1000;

    private static readonly JsonSerializerOptions AsItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="recorded">A canonical question of the same path as <paramref name="asked"/>.</param>
    /// <param name="most">Counting ends beyond it.</param>
    /// <returns>Null when they are equal.</returns>
    public static QuestionDifference? Between(ReadOnlyMemory<byte> recorded, ReadOnlyMemory<byte> asked, int most = MostPlaces)
    {
        var walk = new Walk(Math.Min(most, MostPlaces));
        using var one = TryParse(recorded);
        using var other = TryParse(asked);
        if (one is not null && other is not null) walk.Compare(one.RootElement, other.RootElement, "");
        else walk.CompareLines(Encoding.UTF8.GetString(recorded.Span), Encoding.UTF8.GetString(asked.Span));
        return walk.Result;
    }

    /// <summary>What stands behind the path, if it is JSON: not for an upstream, and not for a question that is its path alone.</summary>
    private static JsonDocument? TryParse(ReadOnlyMemory<byte> canonical)
    {
        var body = canonical[(canonical.Span.IndexOf((byte)'\n') + 1)..];
        if (body.IsEmpty || body.Span[0] != (byte)'{') return null;
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The two texts in quotation marks, each cut to the neighbourhood of their first difference.</summary>
    private static (string Recorded, string Asked) Cut(string recorded, string asked)
    {
        var same = recorded.AsSpan().CommonPrefixLength(asked);
        var start = recorded.Length <= MostShown && asked.Length <= MostShown ? 0 : Math.Max(0, same - ShownBefore);
        return (Quote(recorded, start), Quote(asked, start));
    }

    private static string Quote(string text, int start)
    {
        start = Math.Min(start, text.Length);
        if (start > 0 && start < text.Length && char.IsLowSurrogate(text[start])) start--;
        var end = Math.Min(text.Length, start + MostShown);
        if (end < text.Length && char.IsLowSurrogate(text[end])) end--;
        return JsonSerializer.Serialize($"{(start > 0 ? "…" : "")}{text[start..end]}{(end < text.Length ? "…" : "")}", AsItIs);
    }

    /// <summary>One comparison: remembers the first difference and counts the others.</summary>
    private sealed class Walk(int most)
    {
        private int _places;
        private (string Path, string Recorded, string Asked) _first;

        public QuestionDifference? Result => _places == 0 ? null : new QuestionDifference(_places, _first.Path, _first.Recorded, _first.Asked);

        private bool IsOver => _places > most;

        public void Compare(JsonElement recorded, JsonElement asked, string path)
        {
            if (IsOver) return;
            switch (recorded.ValueKind, asked.ValueKind)
            {
                case (JsonValueKind.Object, JsonValueKind.Object):
                    CompareObjects(recorded, asked, path);
                    break;
                case (JsonValueKind.Array, JsonValueKind.Array):
                    CompareArrays(recorded, asked, path);
                    break;
                case (JsonValueKind.String, JsonValueKind.String):
                    var (one, other) = (recorded.GetString()!, asked.GetString()!);
                    if (one != other) Add(path, Cut(one, other));
                    break;
                default:
                    if (recorded.ValueKind != asked.ValueKind || recorded.GetRawText() != asked.GetRawText()) Add(path, (Shown(recorded), Shown(asked)));
                    break;
            }
        }

        public void CompareLines(string recorded, string asked)
        {
            var (ones, others) = (recorded.Split('\n'), asked.Split('\n'));
            for (var n = 0; n < Math.Max(ones.Length, others.Length); n++)
            {
                var (one, other) = (ones.ElementAtOrDefault(n) ?? "", others.ElementAtOrDefault(n) ?? "");
                if (one != other) Add(n == 1 ? "address" : "headers or body", Cut(one, other));
            }
        }

        /// <summary>The names of a canonical question are sorted, so both are gone through once.</summary>
        private void CompareObjects(JsonElement recorded, JsonElement asked, string path)
        {
            using var ones = recorded.EnumerateObject().GetEnumerator();
            using var others = asked.EnumerateObject().GetEnumerator();
            var (hasOne, hasOther) = (ones.MoveNext(), others.MoveNext());
            while ((hasOne || hasOther) && !IsOver)
            {
                var order = !hasOne ? 1 : !hasOther ? -1 : string.CompareOrdinal(ones.Current.Name, others.Current.Name);
                if (order < 0) Add(Join(path, ones.Current.Name), (Shown(ones.Current.Value), "nothing"));
                else if (order > 0) Add(Join(path, others.Current.Name), ("nothing", Shown(others.Current.Value)));
                else Compare(ones.Current.Value, others.Current.Value, Join(path, ones.Current.Name));
                if (order <= 0) hasOne = ones.MoveNext();
                if (order >= 0) hasOther = others.MoveNext();
            }
        }

        private void CompareArrays(JsonElement recorded, JsonElement asked, string path)
        {
            using var ones = recorded.EnumerateArray().GetEnumerator();
            using var others = asked.EnumerateArray().GetEnumerator();
            for (var n = 0; !IsOver; n++)
            {
                var (hasOne, hasOther) = (ones.MoveNext(), others.MoveNext());
                if (!hasOne && !hasOther) break;
                var at = $"{path}[{n}]";
                if (hasOne && hasOther) Compare(ones.Current, others.Current, at);
                else Add(at, (hasOne ? Shown(ones.Current) : "nothing", hasOther ? Shown(others.Current) : "nothing"));
            }
        }

        private void Add(string path, (string Recorded, string Asked) values)
        {
            if (_places++ == 0) _first = (path, values.Recorded, values.Asked);
        }

        private static string Shown(JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.String) return Quote(value.GetString()!, 0);
            var text = value.GetRawText();
            var end = Math.Min(text.Length, MostShown);
            if (end < text.Length && char.IsLowSurrogate(text[end])) end--;
            return end < text.Length ? text[..end] + "…" : text;
        }

        private static string Join(string path, string name)
        {
            var isPlain = name.Length is > 0 and <= MostShown && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !char.IsAsciiDigit(name[0]);
            return !isPlain ? $"{path}[{Quote(name, 0)}]" : path.Length == 0 ? name : $"{path}.{name}";
        }
    }
}
