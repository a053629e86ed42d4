using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Kintsugi.Storage;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Kintsugi.Tests.Tracing.LangSmith;

/// <summary>The API on loopback, over a database that goes with it.</summary>
internal sealed class LangSmithHost : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _application;
    private readonly SpanIntake _intake;

    private LangSmithHost(DirectoryInfo folder, WebApplication application, SpanIntake intake, ISpanStore store, LangSmithApi api)
    {
        (_folder, _application, _intake, Store, Api) = (folder, application, intake, store, api);
        Client = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };
    }

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public ISpanStore Store { get; }

    public LangSmithApi Api { get; }

    /// <summary>What the experiments' owner was told, newest last.</summary>
    public List<Experiment> Experiments { get; } = [];

    /// <summary>All that it knows of the experiment by now.</summary>
    public Experiment Experiment => Experiments.Aggregate((known, told) => told.Samples is null ? told : told with { Runs = [.. known.Runs.Where(r => !told.Samples.Contains(r.Example)), .. told.Runs], Samples = null });

    public static async Task<LangSmithHost> StartAsync(SpanRedaction? redaction = null, Action<WebApplication>? before = null, ISpanStore? spans = null, long mostWaiting = 16L << 20)
    {
        var folder = Directory.CreateTempSubdirectory("langsmith-");
        var database = Database.OpenSpans(Path.Combine(folder.FullName, "traces.db"));
        var store = spans ?? new SqliteSpanStore(database, LangSmithRun.Merge);
        var intake = new SpanIntake(store, mostWaiting);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = LangSmithEndpoints.MostBytes;
            options.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddRoutingCore();
        var application = builder.Build();
        before?.Invoke(application);
        LangSmithHost? host = null;
        var api = new LangSmithApi(database, intake, store, new IngestMemory(256L << 20), redaction ?? SpanRedaction.OfKeys, TimeProvider.System, (experiment, _) =>
        {
            host!.Experiments.Add(experiment);
            return Task.CompletedTask;
        });
        LangSmithEndpoints.Map(application, api);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return host = new LangSmithHost(folder, application, intake, store, api);
    }

    public async Task<(HttpStatusCode Status, JsonNode? Body)> AskAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text, documentOptions: new() { MaxDepth = 256 }));
    }

    public Task<(HttpStatusCode Status, JsonNode? Body)> GetAsync(string path) => AskAsync(HttpMethod.Get, path);

    public Task<(HttpStatusCode Status, JsonNode? Body)> PostAsync(string path, string json) => AskAsync(HttpMethod.Post, path, Json(json));

    public Task<(HttpStatusCode Status, JsonNode? Body)> PatchAsync(string path, string json) => AskAsync(HttpMethod.Patch, path, Json(json));

    /// <summary>All that is stored of one trace.</summary>
    public async Task<IReadOnlyList<SpanRow>> TraceAsync(Guid trace) =>
        (await Store.ReadAsync(TraceId.Of(trace.ToString())!.Value, TestContext.Current.CancellationToken))?.Spans ?? [];

    /// <summary>Ends what writes, as when a server is stopped.</summary>
    public ValueTask DisposeIntakeAsync() => _intake.DisposeAsync();

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
        await _intake.DisposeAsync();
        await Store.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
