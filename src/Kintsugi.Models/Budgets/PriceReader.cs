using System.Text.Json;

namespace Kintsugi.Models.Budgets;

/// <summary>Reads a file of prices: an object of hosts, of models, of figures in US dollars for a million tokens.</summary>
/// <remarks>
/// `input` and `output` must stand there. What is not said of caches follows Anthropic's published rule where the model is a Claude (reading 0.1, writing 1.25 times the input);
/// elsewhere what is cached costs as much as what is not, an upper bound. Comments are allowed.
/// </remarks>
internal ref struct PriceReader
{
    /// <summary>A dollar a token: what is dearer is a slip of the decimal point.</summary>
    private const decimal Dearest = 1_000_000m;

    private const decimal CacheWrite = 1.25m;
    private const decimal CachedClaude = 0.1m;

    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    private PriceReader(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip });
    }

    /// <exception cref="JsonException">With the line, counted from 0.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, ModelPrice>> Read(ReadOnlySpan<byte> json)
    {
        var reader = new PriceReader(json.StartsWith("\uFEFF"u8) ? json["\uFEFF"u8.Length..] : json);
        reader._reader.Read();
        var hosts = reader.ReadHosts();
        reader._reader.Read(); // whatever follows is refused
        return hosts;
    }

    private Dictionary<string, IReadOnlyDictionary<string, ModelPrice>> ReadHosts()
    {
        Begin("The file", "{ \"api.example.com\": { … } }");
        var hosts = new Dictionary<string, IReadOnlyDictionary<string, ModelPrice>>(StringComparer.OrdinalIgnoreCase);
        while (Next(out var host))
        {
            if (host.Contains('/', StringComparison.Ordinal) || (host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('['))) throw Bad($"'{host}' is no host. Write the name alone, such as api.example.com, or \"*\" for any.");
            if (hosts.ContainsKey(host)) throw Bad($"The host '{host}' stands there twice. Keep one of them.");
            _reader.Read();
            hosts.Add(host, ReadModels(host));
        }
        return hosts;
    }

    private Dictionary<string, ModelPrice> ReadModels(string host)
    {
        Begin($"'{host}'", "{ \"model\": { \"input\": 1.50, \"output\": 6 } }");
        var models = new Dictionary<string, ModelPrice>(StringComparer.Ordinal);
        while (Next(out var model))
        {
            if (models.ContainsKey(model)) throw Bad($"The model '{model}' of '{host}' stands there twice. Keep one of them.");
            _reader.Read();
            models.Add(model, ReadPrice(model));
        }
        return models;
    }

    private ModelPrice ReadPrice(string model)
    {
        Begin($"'{model}'", "{ \"input\": 1.50, \"output\": 6 }");
        var figures = new Dictionary<string, decimal>(StringComparer.Ordinal);
        while (Next(out var key))
        {
            if (key is not ("input" or "output" or "cached_input" or "cache_write" or "max_output"))
                throw Bad($"The key '{key}' of '{model}' is not known. Use input, output, cached_input, cache_write or max_output.");
            _reader.Read();
            var isFigure = _reader.TokenType == JsonTokenType.Number && _reader.TryGetDecimal(out _);
            var figure = isFigure ? _reader.GetDecimal() : -1;
            var isCount = key == "max_output";
            if (isCount ? figure is < 1 or > int.MaxValue || decimal.Truncate(figure) != figure : figure is < 0 or > Dearest)
                throw Bad($"'{key}' of '{model}' cannot be used. Write {(isCount ? "a whole number of tokens, at least 1" : "US dollars for a million tokens: a number of at least 0 and at most 1000000")}.");
            if (!figures.TryAdd(key, figure)) throw Bad($"'{key}' of '{model}' stands there twice. Keep one of them.");
        }
        if (!figures.TryGetValue("input", out var input) || !figures.TryGetValue("output", out var output))
            throw Bad($"'{model}' has no '{(figures.ContainsKey("input") ? "output" : "input")}'. Add it; a price that is not known is best left out altogether.");
        var cached = model.Contains("claude", StringComparison.OrdinalIgnoreCase) ? CachedClaude * input : input;
        return new ModelPrice(
            input, output, figures.GetValueOrDefault("cached_input", cached), figures.GetValueOrDefault("cache_write", CacheWrite * input),
            figures.TryGetValue("max_output", out var most) ? (long)most : null);
    }

    private void Begin(string what, string expected)
    {
        if (_reader.TokenType != JsonTokenType.StartObject) throw Bad($"{what} is no object. Write {expected}.");
    }

    private bool Next(out string name)
    {
        _reader.Read();
        name = _reader.TokenType == JsonTokenType.PropertyName ? _reader.GetString()! : "";
        return _reader.TokenType == JsonTokenType.PropertyName;
    }

    private readonly JsonException Bad(string problem) => new(problem, null, _json[..(int)_reader.TokenStartIndex].Count((byte)'\n'), null);
}
