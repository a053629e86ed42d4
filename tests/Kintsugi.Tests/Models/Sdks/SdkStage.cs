using System.Collections.Concurrent;
using System.Net;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Providers;
using Kintsugi.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Kintsugi.Tests.Models.Sdks;

/// <summary>The gateway's endpoints on loopback between client libraries and two vendors of one format, the second of which never fails.</summary>
/// <remarks>The placeholder key of a client names its seat, and each seat has a gateway of its own: no trouble of one case reaches another.</remarks>
internal sealed class SdkStage : IAsyncDisposable
{
    private static readonly ProviderLimits Impatient = new() { Timeout = TimeSpan.FromSeconds(1.5) };

    private static readonly GatewayLimits Brief = new() { TotalRetryTime = TimeSpan.FromSeconds(1) };

    private readonly string _folder = Directory.CreateTempSubdirectory("kintsugi-sdks-").FullName;
    private readonly ConcurrentDictionary<string, GatewaySeat> _seats = new(StringComparer.Ordinal);
    private readonly VendorKind _vendor;
    private readonly Database _database;
    private readonly Cassette _cassette;
    private readonly WebApplication _app;

    private SdkStage(VendorService first, VendorService spare, VendorKind vendor)
    {
        (First, Spare, _vendor) = (first, spare, vendor);
        _database = Database.Open(Path.Combine(_folder, "kintsugi.db"));
        _cassette = new Cassette(_database, TimeProvider.System);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.UseRouting();
        GatewayEndpoints.Map(_app, context => _seats.GetValueOrDefault(Placeholder(context.Request.Headers)));
    }

    public VendorService First { get; }

    public VendorService Spare { get; }

    public Uri Url => new(_app.Urls.Single());

    public static async Task<SdkStage> StartAsync(VendorKind vendor)
    {
        var stage = new SdkStage(
            await VendorService.StartAsync(vendor == VendorKind.Anthropic, obeys: true), await VendorService.StartAsync(vendor == VendorKind.Anthropic, obeys: false), vendor);
        await stage._app.StartAsync(TestContext.Current.CancellationToken);
        return stage;
    }

    /// <returns>The placeholder key by which a client takes this seat.</returns>
    public string Seat(SdkCase of, Recall recall = default)
    {
        var key = $"placeholder-{_seats.Count}";
        var providers = new[] { First, Spare }.Take(of.HasSpare ? 2 : 1).Select((service, n) => Provider($"p{n}", service) with { Limits = of.InRealTime ? Impatient : new ProviderLimits() }).ToDictionary(provider => provider.Name);
        var config = new ModelsConfig(providers, new Dictionary<string, IReadOnlyList<string>> { ["agent"] = [.. providers.Keys] }, new Dictionary<string, IReadOnlyDictionary<string, string>>(), Budgets: []);
        TimeProvider clock = of.InRealTime ? TimeProvider.System : new SkippingClock();
        var made = ProviderCatalogue.Create(config, _ => throw new InvalidOperationException("No simulated provider here."), clock);
        _seats[key] = new GatewaySeat(new ModelGateway(config, made, _cassette, clock, of.InRealTime ? Brief : null), new SampleCalls(of.Name, 0, recall));
        return key;
    }

    public IReadOnlyList<RecordedCall> Calls(string key) => _seats[key].Calls.Calls;

    /// <summary>Waits until every request has ended, also those whose client is gone.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var seat in _seats.Values) await seat.Gateway.DisposeAsync();
        await First.DisposeAsync();
        await Spare.DisposeAsync();
        await _cassette.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private ProviderConfig Provider(string name, VendorService service) =>
        new(name, _vendor == VendorKind.Anthropic ? "anthropic" : "openai", service.Url, VendorService.Key) { Paths = _vendor == VendorKind.ChatOnly ? ["/v1/chat/completions", "/v1/models"] : null };

    private static string Placeholder(IHeaderDictionary headers) =>
        headers["x-api-key"] is { Count: 1 } key ? key.ToString() : headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
}

/// <summary>What the providers behind the gateway speak.</summary>
internal enum VendorKind
{
    /// <summary>All that OpenAI does.</summary>
    OpenAi = 0,

    Anthropic = 1,

    /// <summary>Of OpenAI's formats chat completions alone, as most compatible services.</summary>
    ChatOnly = 2,
}
