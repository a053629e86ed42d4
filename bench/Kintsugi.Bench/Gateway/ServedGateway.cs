using System.Net;
using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Providers;
using Kintsugi.Storage;
using Kintsugi.Tests.Models.Outage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Kintsugi.Bench.Gateway;

/// <summary>The gateway as it is served to agents: all of it on, over TCP, in a folder of its own.</summary>
public sealed class ServedGateway : IAsyncDisposable
{
    /// <summary>A question with this header may be answered from a recording.</summary>
    public const string RecallHeader = "X-Recall";

    private readonly DirectoryInfo _folder;
    private readonly Cassette _cassette;
    private readonly SpendBook _spent;
    private readonly WebApplication _edge;

    private ServedGateway(DirectoryInfo folder, Cassette cassette, SpendBook spent, ModelGateway gateway, WebApplication edge) =>
        (_folder, _cassette, _spent, Gateway, _edge) = (folder, cassette, spent, gateway, edge);

    public ModelGateway Gateway { get; }

    public Uri Url => new(_edge.Urls.Single());

    /// <param name="providers">Base URLs, in order of preference; they are named `p0`, `p1`.</param>
    /// <param name="provided">Of both.</param>
    /// <param name="callsOf">The sample that a request belongs to.</param>
    public static async Task<ServedGateway> StartAsync(
        IReadOnlyList<Uri> providers, ProviderLimits provided, GatewayLimits limits, Func<HttpContext, SampleCalls> callsOf, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("kintsugi-bench-");
        var config = new ModelsConfig(
            providers.Select((url, n) => new ProviderConfig($"p{n}", "openai", url, "sk-bench") { Limits = provided }).ToDictionary(provider => provider.Name),
            new Dictionary<string, IReadOnlyList<string>> { ["agent"] = [.. providers.Select((_, n) => $"p{n}")] },
            new Dictionary<string, IReadOnlyDictionary<string, string>>(),
            [new BudgetConfig("models.budget", Usd: 1_000_000, Tokens: null, Calls: null, BudgetPeriod.Day)]);
        var database = Database.Open(Path.Combine(folder.FullName, "kintsugi.db"));
        var cassette = new Cassette(database, TimeProvider.System);
        var spent = new SpendBook(database, TimeProvider.System);
        var gateway = new ModelGateway(
            config, ProviderCatalogue.Create(config, _ => throw new InvalidOperationException("No simulated provider here."), TimeProvider.System),
            cassette, TimeProvider.System, limits, PriceList.Parse(Encoding.UTF8.GetBytes(OutageQuestion.Prices)), spent); // a budget is held only where prices are known
        var edge = Edge(routes => GatewayEndpoints.Map(routes, context => new GatewaySeat(gateway, callsOf(context))));
        await edge.StartAsync(cancellationToken);
        return new ServedGateway(folder, cassette, spent, gateway, edge);
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        await Gateway.DisposeAsync();
        await _cassette.DisposeAsync();
        await _spent.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    /// <summary>The measured process: prints its URL, and serves until standard input ends.</summary>
    /// <param name="provider">Serves as both providers.</param>
    public static async Task<int> ServeAsync(string provider, double timeoutSeconds, CancellationToken cancellationToken)
    {
        // Limits that are kept, and never reached.
        var limits = new ProviderLimits(RequestsPerMinute: 1_000_000_000, TokensPerMinute: 2_000_000_000) { Concurrency = 4096, Timeout = TimeSpan.FromSeconds(timeoutSeconds) };
        var url = new Uri($"{provider}/v1");
        // Each question is a sample's first: what a sample keeps of its calls goes with it, as it does in an evaluation.
        await using var served = await StartAsync([url, url], limits, new GatewayLimits(), context =>
            new SampleCalls("s", 0, context.Request.Headers.ContainsKey(RecallHeader) ? Recall.Recorded : Recall.Fresh), cancellationToken);
        await AnnounceAsync(served.Url, cancellationToken);
        return 0;
    }

    /// <summary>The floor: YARP passing everything on, in a process of its own, on the same Kestrel.</summary>
    public static async Task<int> ServeYarpAsync(string provider, CancellationToken cancellationToken)
    {
        await using var edge = Edge(routes => routes.MapForwarder("/{**rest}", provider), services => services.AddHttpForwarder());
        await edge.StartAsync(cancellationToken);
        await AnnounceAsync(new Uri(edge.Urls.Single()), cancellationToken);
        return 0;
    }

    /// <summary>Kestrel as the edge of an evaluation configures it, but on a port.</summary>
    private static WebApplication Edge(Action<WebApplication> map, Action<IServiceCollection>? add = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        add?.Invoke(builder.Services);
        var edge = builder.Build();
        map(edge);
        return edge;
    }

    private static async Task AnnounceAsync(Uri url, CancellationToken cancellationToken)
    {
        Console.WriteLine(url);
        await Console.In.ReadLineAsync(cancellationToken);
    }
}
