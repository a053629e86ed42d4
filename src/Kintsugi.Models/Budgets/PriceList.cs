using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kintsugi.Models.Budgets;

/// <summary>List prices by host of the service and name of the model: the same model costs another sum elsewhere.</summary>
public sealed partial class PriceList
{
    /// <summary>Stands for any host, or for any model of a host.</summary>
    public const string Any = "*";

    private readonly IReadOnlyList<IReadOnlyDictionary<string, IReadOnlyDictionary<string, ModelPrice>>> _lists;

    private PriceList(IReadOnlyList<IReadOnlyDictionary<string, IReadOnlyDictionary<string, ModelPrice>>> lists) => _lists = lists;

    /// <summary>The list that comes with the product; prices change, so it dates itself.</summary>
    public static PriceList Embedded()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Kintsugi.Models.Budgets.prices.json")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Parse(bytes.ToArray());
    }

    /// <param name="json">`{"api.openai.com": {"gpt-4o": {"input": 2.5, "output": 10}}}` in UTF-8; see <see cref="PriceReader"/>.</param>
    /// <exception cref="JsonException">It is not of that shape; the line is set.</exception>
    public static PriceList Parse(ReadOnlySpan<byte> json) => new([PriceReader.Read(json)]);

    /// <summary>This list, and <paramref name="other"/> for what it does not name.</summary>
    public PriceList Before(PriceList other) => new([.. _lists, .. other._lists]);

    /// <summary>A dated snapshot (`gpt-4o-2024-08-06`) costs what its model does unless the list names it, a name with the vendor before it (`openai/gpt-4o`) what it does without.</summary>
    /// <returns>Null when the price is not known, which is never zero.</returns>
    public ModelPrice? Find(string host, string model)
    {
        string[] names = [.. Names(model), Any];
        foreach (var list in _lists)
            foreach (var place in (string[])[host, Any])
                if (list.TryGetValue(place, out var prices) && Find(prices, names) is { } price)
                    return price;
        return null;
    }

    /// <summary>Whether any price of that host is known.</summary>
    public bool Knows(string host) => _lists.Any(list => list.ContainsKey(host) || list.ContainsKey(Any));

    /// <summary>What to take for a price that is not known: the dearest that another host asks for a model of that name, else the dearest of all.</summary>
    public ModelPrice Assume(string model)
    {
        string[] names = [.. Names(model)];
        var all = _lists.SelectMany(list => list.Values).ToList();
        var elsewhere = all.Select(prices => Find(prices, names)).OfType<ModelPrice>().ToList();
        return (elsewhere.Count > 0 ? elsewhere : all.SelectMany(prices => prices.Values)).Aggregate(ModelPrice.Free, ModelPrice.Dearer) with
        {
            MaxOutput = elsewhere.Max(price => price.MaxOutput),
        };
    }

    private static ModelPrice? Find(IReadOnlyDictionary<string, ModelPrice> prices, string[] names)
    {
        foreach (var name in names)
            if (prices.TryGetValue(name, out var price))
                return price;
        return null;
    }

    private static IEnumerable<string> Names(string model)
    {
        var bare = model[(model.LastIndexOf('/') + 1)..];
        return ((string[])[model, Snapshot().Replace(model, ""), bare, Snapshot().Replace(bare, "")]).Distinct(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"-(\d{4}-?\d{2}-?\d{2}|latest)$")]
    private static partial Regex Snapshot();
}
