using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kintsugi.Models.Budgets;

/// <summary>What services ask for a model, in US dollars for a million tokens.</summary>
public sealed record ModelPrice(decimal Input, decimal Output);

/// <summary>List prices by host of the service and name of the model: the same model costs another sum elsewhere.</summary>
public sealed partial class PriceList
{
    private const decimal TokensPerPrice = 1_000_000m;

    private static readonly JsonSerializerOptions Commented = new(JsonSerializerDefaults.Web) { ReadCommentHandling = JsonCommentHandling.Skip };

    private readonly Dictionary<string, Dictionary<string, ModelPrice>> _byHost;

    private PriceList(Dictionary<string, Dictionary<string, ModelPrice>> byHost) =>
        _byHost = new Dictionary<string, Dictionary<string, ModelPrice>>(byHost, StringComparer.OrdinalIgnoreCase);

    /// <summary>The list that comes with the product; prices change, so it dates itself.</summary>
    public static PriceList Embedded()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Kintsugi.Models.Budgets.prices.json")!;
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd());
    }

    /// <param name="json">`{"api.openai.com": {"gpt-4o": {"input": 2.5, "output": 10}}}`; comments are allowed.</param>
    /// <exception cref="JsonException">It is not of that shape.</exception>
    public static PriceList Parse(string json) =>
        new(JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, ModelPrice>>>(json, Commented) ?? []);

    /// <returns>US dollars; null when the price is not known, which is never zero.</returns>
    public decimal? Cost(string host, string model, long inputTokens, long outputTokens) =>
        Find(host, model) is { } price ? (inputTokens * price.Input + outputTokens * price.Output) / TokensPerPrice : null;

    /// <summary>A dated snapshot (`gpt-4o-2024-08-06`) costs what its model does unless the list names it.</summary>
    private ModelPrice? Find(string host, string model) =>
        _byHost.TryGetValue(host, out var models)
            ? models.GetValueOrDefault(model) ?? models.GetValueOrDefault(Snapshot().Replace(model, ""))
            : null;

    [GeneratedRegex(@"-\d{4}-?\d{2}-?\d{2}$")]
    private static partial Regex Snapshot();
}
