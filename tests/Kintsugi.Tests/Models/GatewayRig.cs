using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Providers;
using Kintsugi.Storage;

namespace Kintsugi.Tests.Models;

/// <summary>A gateway with its cassette in a folder of its own, and a clock that does not make tests wait.</summary>
internal sealed class GatewayRig : IAsyncDisposable
{
    public const string Key = "sk-very-secret-0123456789";

    public const string Prices = """{"127.0.0.1":{"stub-1":{"input":10,"output":100}}}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("kintsugi-models-").FullName;

    private readonly ModelsConfig _config;

    private GatewayRig(ModelsConfig config, GatewayLimits limits, Database? database = null, CassetteMode mode = CassetteMode.Auto)
    {
        _config = config;
        Database = database ?? Database.Open(Path.Combine(_folder, "kintsugi.db"));
        Cassette = new Cassette(Database, new SkippingClock(), mode, new Redaction([Key])); // its pauses are not the gateway's
        var providers = ProviderCatalogue.Create(config, _ => throw new InvalidOperationException("No simulated provider here."), Clock);
        Gateway = new ModelGateway(config, providers, Cassette, Clock, limits, PriceList.Parse(Prices));
    }

    public SkippingClock Clock { get; } = new();

    public Database Database { get; }

    public Cassette Cassette { get; }

    public ModelGateway Gateway { get; }

    public string Folder => _folder;

    public static GatewayRig Of(params StubService[] services) => Of(null, new GatewayLimits(), [.. services.Select(service => service.Url)]);

    public static GatewayRig Of(decimal? budgetUsd, GatewayLimits limits, params Uri[] urls) => new(Config(budgetUsd, urls), limits);

    /// <param name="changed">Makes of the usual configuration the one that is wanted.</param>
    public static GatewayRig Of(Func<ModelsConfig, ModelsConfig> changed, params Uri[] urls) => new(changed(Config(null, urls)), new GatewayLimits());

    private static ModelsConfig Config(decimal? budgetUsd, params Uri[] urls)
    {
        var names = urls.Select((_, n) => $"p{n}").ToList();
        return new ModelsConfig(
            urls.Select((url, n) => new ProviderConfig($"p{n}", "openai", url, Key)).ToDictionary(provider => provider.Name),
            new Dictionary<string, IReadOnlyList<string>> { ["agent"] = names },
            new Dictionary<string, IReadOnlyDictionary<string, string>> { ["house-model"] = new Dictionary<string, string> { ["p1"] = "stub-1" } },
            budgetUsd);
    }

    /// <summary>Another process on the same database, once this one has stored what it recorded.</summary>
    public async Task<GatewayRig> AgainAsync(CassetteMode mode, Func<ModelsConfig, ModelsConfig>? change = null)
    {
        await Cassette.FlushAsync(TestContext.Current.CancellationToken);
        return new GatewayRig(change is null ? _config : change(_config), new GatewayLimits { MaxAttempts = 1 }, Database, mode);
    }

    /// <summary>A rig that makes one call of equal concurrent ones at temperature 0.</summary>
    public static GatewayRig Sharing(StubService service) => new(Config(null, service.Url) with { ShareEqualCalls = true }, new GatewayLimits { MaxAttempts = 1 });

    public static ModelRequest Ask(string text = "hello", string model = "stub-1", bool stream = false) => new(
        "/v1/chat/completions",
        Encoding.UTF8.GetBytes($$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{text}}"}]{{(stream ? ",\"stream\":true" : "")}}}"""));

    public Task<ModelAnswer> AskAsync(ModelRequest request, SampleCalls calls) => Gateway.AskAsync(request, calls, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Cassette.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}

internal static class Answers
{
    public static string Text(this ModelAnswer answer) => Encoding.UTF8.GetString(answer.Body.Span);

    public static SampleCalls Fresh(string sample = "s", int epoch = 0) => new(sample, epoch, Recall.Fresh);

    public static SampleCalls Recorded(string sample = "s", int epoch = 0) => new(sample, epoch, Recall.Recorded);
}
