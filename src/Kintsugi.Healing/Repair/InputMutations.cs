using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Healing.Repair;

/// <summary>Inputs that nobody wrote a target for, made from those that somebody did: what stands at one place of an input is put at the same place of another.</summary>
/// <remarks>
/// Numbers go to those that occur, beside them, between neighbours, and to the edges of where samples fail, since thresholds lie there; lists lose or repeat an element; texts exchange
/// sentences or words, and are spelled otherwise where they are spelled in several ways. Every value keeps its kind, so that an agent meets what it could be asked, if no sense.
/// </remarks>
public static partial class InputMutations
{
    private const int TriesEach = 20, MostEdits = 3;

    private const decimal ShareStep = 0.1m;

    /// <summary>Beyond it a number is an id, or no decimal.</summary>
    private const decimal LargestMoved = 1e15m;

    /// <param name="failing">Visible inputs that are answered worse: most are made of one of these, since what a fix mends only for them shows beside them.</param>
    /// <param name="others">All other visible inputs.</param>
    /// <param name="count">How many; in [0, ∞).</param>
    /// <returns>Distinct inputs, none of those given; fewer than asked for where no more are found.</returns>
    public static IReadOnlyList<JsonElement> Of(IReadOnlyList<JsonElement> failing, IReadOnlyList<JsonElement> others, int count, int seed)
    {
        ArgumentNullException.ThrowIfNull(failing);
        ArgumentNullException.ThrowIfNull(others);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        List<JsonElement> all = [.. failing, .. others];
        var random = new Random(seed);
        var values = ValuesByPlace(all);
        var edges = Edges(ValuesByPlace(failing), ValuesByPlace(others));
        var known = all.Select(CanonicalJson.Text).ToHashSet(StringComparer.Ordinal);
        List<JsonElement> made = [];
        for (var tries = 0; all.Count > 0 && made.Count < count && tries < TriesEach * count; tries++)
        {
            var parents = tries % 2 == 0 && failing.Count > 0 ? failing : all;
            var input = JsonNode.Parse(parents[random.Next(parents.Count)].GetRawText());
            if (tries % 4 == 0 && edges.Count > 0) input = AtEdge(input, edges[random.Next(edges.Count)], random);
            else for (var edits = 1 + random.Next(MostEdits); edits > 0; edits--) input = Edited(input, values, random);
            var element = JsonSerializer.SerializeToElement(input);
            if (known.Add(CanonicalJson.Text(element))) made.Add(element);
        }
        return made;
    }

    /// <summary>Every value that stands at a place, by the place's path; elements of a list are of one place.</summary>
    private static Dictionary<string, List<JsonNode?>> ValuesByPlace(IReadOnlyList<JsonElement> inputs)
    {
        var values = new Dictionary<string, List<JsonNode?>>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            foreach (var (place, node) in Places("", JsonNode.Parse(input.GetRawText())))
            {
                if (!values.TryGetValue(place, out var at)) values[place] = at = [];
                at.Add(node);
            }
        }
        return values;
    }

    private static IEnumerable<(string Place, JsonNode? Node)> Places(string place, JsonNode? node)
    {
        yield return (place, node);
        var inner = node switch
        {
            JsonObject map => map.SelectMany(p => Places($"{place}.{p.Key}", p.Value)),
            JsonArray list => list.SelectMany(element => Places(place + "[]", element)),
            _ => [],
        };
        foreach (var found in inner) yield return found;
    }

    /// <summary>Between the last number at a place with which samples fail and the next with which others do not, and as much beyond where there is none.</summary>
    private static List<Edge> Edges(Dictionary<string, List<JsonNode?>> failing, Dictionary<string, List<JsonNode?>> others)
    {
        List<Edge> edges = [];
        foreach (var (place, nodes) in failing)
        {
            var (inside, outside) = (Numbers(nodes), others.TryGetValue(place, out var found) ? Numbers(found) : []);
            if (inside.Count == 0) continue;
            var (least, most) = (inside[0], inside[^1]);
            var margin = Math.Max(1, (most - least) / 10);
            List<decimal> all = [.. inside, .. outside];
            var (below, above) = AreShares(all) ? (0, 1) : (least - margin, most + margin);
            edges.Add(new Edge(place, outside.Where(n => n < least).DefaultIfEmpty(below).Max(), least, AreWhole(all)));
            edges.Add(new Edge(place, most, outside.Where(n => n > most).DefaultIfEmpty(above).Min(), AreWhole(all)));
        }
        return edges;
    }

    private static JsonNode? AtEdge(JsonNode? root, Edge edge, Random random)
    {
        var moved = edge.From + ((edge.To - edge.From) * random.Next(1, 100) / 100);
        var value = JsonValue.Create(edge.IsWhole ? decimal.Round(moved) : moved);
        var at = Places("", root).FirstOrDefault(p => p.Place == edge.Place && p.Node?.GetValueKind() == JsonValueKind.Number).Node;
        if (at is null) return root;
        if (at.Parent is null) return value;
        at.ReplaceWith(value);
        return root;
    }

    private static JsonNode? Edited(JsonNode? root, Dictionary<string, List<JsonNode?>> values, Random random)
    {
        var places = Places("", root).Where(p => p.Node is not JsonObject || p.Place.Length > 0).ToList(); // the whole input is no place, unless it is a plain value
        if (places.Count == 0) return root;
        var (place, node) = places[random.Next(places.Count)];
        var other = values[place][random.Next(values[place].Count)];
        var edited = node switch
        {
            JsonArray { Count: > 0 } list => Shuffled(list, random),
            JsonValue value when value.GetValueKind() == JsonValueKind.Number && other?.GetValueKind() == JsonValueKind.Number => Moved(value, Numbers(values[place]), random),
            JsonValue value when value.GetValueKind() == JsonValueKind.String && other?.GetValueKind() == JsonValueKind.String =>
                Said(value.GetValue<string>(), other.GetValue<string>(), AreSpelledFreely(values[place]), random),
            _ => other?.DeepClone(),
        };
        if (node is null || node.Parent is null) return place.Length == 0 ? edited : root; // a null has no parent to be replaced in
        node.ReplaceWith(edited);
        return root;
    }

    private static JsonArray Shuffled(JsonArray list, Random random)
    {
        List<JsonNode?> elements = [.. list.Select(e => e?.DeepClone())];
        var at = random.Next(elements.Count);
        if (random.Next(2) == 0) elements.RemoveAt(at);
        else elements.Insert(at, elements[at]?.DeepClone());
        return [.. elements];
    }

    private static List<decimal> Numbers(List<JsonNode?> values) =>
        [.. values.Where(v => v?.GetValueKind() == JsonValueKind.Number).Select(v => Number(v!)).OfType<decimal>().Distinct().Order()];

    private static decimal? Number(JsonNode value) =>
        decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) <= LargestMoved ? number : null;

    private static bool AreWhole(List<decimal> numbers) => numbers.TrueForAll(n => n == decimal.Truncate(n));

    /// <summary>Shares, probabilities, confidences: beyond 0 and 1 an agent is never asked.</summary>
    private static bool AreShares(List<decimal> numbers) => !AreWhole(numbers) && numbers.TrueForAll(n => n is >= 0 and <= 1);

    private static JsonNode Moved(JsonValue value, List<decimal> occurring, Random random)
    {
        if (Number(value) is not { } number || occurring.Count == 0) return value.DeepClone();
        var at = occurring.IndexOf(number);
        var neighbour = occurring[Math.Clamp(at + (random.Next(2) == 0 ? -1 : 1), 0, occurring.Count - 1)];
        var moved = random.Next(4) switch
        {
            0 => occurring[random.Next(occurring.Count)],
            1 => number + ((random.Next(2) == 0 ? -1 : 1) * (AreShares(occurring) ? ShareStep : 1)),
            _ => number + ((neighbour - number) * random.Next(1, 10) / 10),
        };
        if (AreShares(occurring)) moved = Math.Clamp(moved, 0, 1);
        return JsonValue.Create(AreWhole(occurring) ? decimal.Round(moved) : moved);
    }

    /// <summary>The text with a sentence or a word of another, or the other.</summary>
    private static string Said(string text, string other, bool isSpelledFreely, Random random)
    {
        if (isSpelledFreely && random.Next(2) == 0) return Spelled(text, random);
        if (Sentence().Split(text) is { Length: > 1 } sentences) return string.Concat(Mixed(sentences, Sentence().Split(other), random));
        return random.Next(2) == 0 && Words(text) is { Length: > 1 } words && Words(other) is { Length: > 0 } others ? string.Join(' ', Mixed(words, others, random)) : other;
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Mixed(string[] own, string[] others, Random random)
    {
        var at = random.Next(own.Length);
        own[at] = others[Math.Min(at, others.Length - 1)];
        return own;
    }

    /// <summary>Whether one text stands there in several ways that differ in case and blanks alone.</summary>
    private static bool AreSpelledFreely(List<JsonNode?> values)
    {
        var texts = values.Where(v => v?.GetValueKind() == JsonValueKind.String).Select(v => v!.GetValue<string>()).Distinct(StringComparer.Ordinal).ToList();
        return texts.DistinctBy(t => t.Trim().ToUpperInvariant(), StringComparer.Ordinal).Count() < texts.Count;
    }

    private static string Spelled(string text, Random random)
    {
        var letters = text.Trim().Select(c => random.Next(2) == 0 ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
        return new string(' ', random.Next(2)) + string.Concat(letters) + new string(' ', random.Next(2));
    }

    /// <summary>Behind the end of a sentence or a line, which stay with what they end.</summary>
    [GeneratedRegex(@"(?<=[.!?]\s+|\n)(?=\S)")]
    private static partial Regex Sentence();

    /// <summary>Numbers of one place, neither end included.</summary>
    private sealed record Edge(string Place, decimal From, decimal To, bool IsWhole);
}
