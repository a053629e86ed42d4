using System.Net;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Upstreams;
using Kintsugi.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kintsugi.Tests.Models;

/// <summary>One upstream `CRM_URL` behind the gateway's endpoints on a loopback port, and a client in the agent's place.</summary>
internal sealed class UpstreamRig : IAsyncDisposable
{
    public const string Key = "crm-very-secret-0123456789";

    private readonly string _folder = Directory.CreateTempSubdirectory("kintsugi-upstreams-").FullName;
    private readonly HttpClient _agent = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Database _database;
    private readonly UpstreamConfig _config;
    private readonly UpstreamGateway _gateway;
    private readonly WebApplication _app;

    private UpstreamRig(UpstreamConfig config, UpstreamLimits limits, Database? database = null, CassetteMode mode = CassetteMode.Auto)
    {
        _config = config;
        _database = database ?? Database.Open(Path.Combine(_folder, "kintsugi.db"));
        Cassette = new Cassette(_database, TimeProvider.System, mode, new Redaction(config.Secrets));
        _gateway = new UpstreamGateway([config], Cassette, TimeProvider.System, limits);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        UpstreamEndpoints.Map(_app, _gateway, _ => Calls);
    }

    /// <summary>Of the sample that is asking.</summary>
    public SampleCalls Calls { get; set; } = Answers.Fresh();

    public Database Database => _database;

    public Cassette Cassette { get; }

    public RecordedUpstreamCall Call => Assert.IsType<RecordedUpstreamCall>(Assert.Single(Calls.All));

    /// <summary>A rig that does not wait between attempts.</summary>
    public static async Task<UpstreamRig> ForAsync(Uri url, Func<UpstreamLimits, UpstreamLimits>? change = null, params string[] methods)
    {
        var limits = new UpstreamLimits { FirstPause = TimeSpan.Zero };
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Authorization"] = $"Bearer {Key}" };
        var config = new UpstreamConfig("CRM_URL", url, headers, [Key], methods.Length == 0 ? ["GET", "HEAD"] : methods);
        return await StartAsync(new UpstreamRig(config, change is null ? limits : change(limits)));
    }

    /// <summary>Another process on the same database, once this one has stored what it recorded.</summary>
    public async Task<UpstreamRig> AgainAsync(CassetteMode mode)
    {
        await Cassette.FlushAsync(TestContext.Current.CancellationToken);
        return await StartAsync(new UpstreamRig(_config, new UpstreamLimits { FirstPause = TimeSpan.Zero }, _database, mode));
    }

    private static async Task<UpstreamRig> StartAsync(UpstreamRig rig)
    {
        await rig._app.StartAsync(TestContext.Current.CancellationToken);
        return rig;
    }

    public Task<HttpResponseMessage> GetAsync(string below) => SendAsync(HttpMethod.Get, below);

    /// <summary>Sends exactly this target, without any client's tidying.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string below, Action<HttpRequestMessage>? change = null) =>
        SendToAsync(method, "/upstream/CRM_URL" + below, change);

    public async Task<HttpResponseMessage> SendToAsync(HttpMethod method, string target, Action<HttpRequestMessage>? change = null)
    {
        var url = new Uri(_app.Urls.Single() + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var message = new HttpRequestMessage(method, url);
        change?.Invoke(message);
        return await _agent.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>Everything of every recording on disk.</summary>
    public async Task<string> StoredAsync()
    {
        await Cassette.FlushAsync(TestContext.Current.CancellationToken);
        await using var connection = _database.Connect();
        await using var command = connection.CreateCommand();
        command.CommandText = "select provider || model || content_type || cast(question as text) || cast(answer as text) from recording";
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        _agent.Dispose();
        await _app.DisposeAsync();
        await _gateway.DisposeAsync();
        await Cassette.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
