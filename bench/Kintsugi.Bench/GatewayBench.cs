using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Providers;
using Kintsugi.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Kintsugi.Bench;

/// <summary>CPU per request of the gateway with recording on, in a process of its own: the stub service and the load are in this one.</summary>
/// <remarks>`gateway [REQUESTS]` prints the table; `gateway-served URL` is the process that is measured.</remarks>
public static class GatewayBench
{
    private const int AtOnce = 32;

    private static readonly string Text = string.Concat(Enumerable.Repeat("Score this lead by the rubric and answer in JSON. ", 40));

    private static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        """{"id":"c1","object":"chat.completion","created":1,"model":"stub-1","choices":[{"index":0,"message":{"role":"assistant","content":" """
        + Text[..400] + """ "},"finish_reason":"stop"}],"usage":{"prompt_tokens":500,"completion_tokens":100}}""");

    /// <summary>Measures and prints.</summary>
    public static async Task<int> MeasureAsync(int requests)
    {
        await using var stub = await ListenAsync(app => app.Run(context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = Answer.Length;
            return context.Response.Body.WriteAsync(Answer, context.RequestAborted).AsTask();
        }));
        using var served = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["gateway-served", $"{stub.Urls.Single()}/v1"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = AtOnce, UseProxy = false }) { BaseAddress = new Uri((await served.StandardOutput.ReadLineAsync())!) };
        await LoadAsync(client, 0, requests / 4);
        foreach (var name in (string[])["live, recorded", "replayed"])
            await ReportAsync(name, served, () => LoadAsync(client, requests, requests), requests);
        served.StandardInput.Close();
        await served.WaitForExitAsync();
        return served.ExitCode;
    }

    /// <summary>The measured process: writes its URL, then its CPU time in microseconds for each line it reads.</summary>
    public static async Task<int> ServeAsync(string stubUrl)
    {
        var folder = Directory.CreateTempSubdirectory("kintsugi-bench-").FullName;
        var config = ModelsConfig.Embedded with { Providers = new Dictionary<string, ProviderConfig> { ["stub"] = new("stub", "openai", new Uri(stubUrl), "sk-bench") } };
        var providers = ProviderCatalogue.Create(config, _ => throw new InvalidOperationException(), TimeProvider.System);
        await using var cassette = new Cassette(Database.Open(Path.Combine(folder, "kintsugi.db")), TimeProvider.System);
        await using var gateway = new ModelGateway(config, providers, cassette, TimeProvider.System);
        await using var edge = await ListenAsync(app => GatewayEndpoints.Map(app, _ => new GatewaySeat(gateway, new SampleCalls("s", 0, Recall.Recorded))));
        Console.WriteLine(edge.Urls.Single());
        while (await Console.In.ReadLineAsync() is not null)
        {
            using var self = Process.GetCurrentProcess();
            Console.WriteLine((long)self.TotalProcessorTime.TotalMicroseconds);
        }
        return 0;
    }

    private static async Task ReportAsync(string name, Process served, Func<Task> load, int requests)
    {
        var before = await CpuAsync(served);
        var started = Stopwatch.GetTimestamp();
        await load();
        var elapsed = Stopwatch.GetElapsedTime(started);
        var cpu = (await CpuAsync(served) - before) / (double)requests;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-16} {cpu,8:0.0} us CPU/request {requests / elapsed.TotalSeconds,8:0} requests/s at c={AtOnce}"));
    }

    private static async Task<long> CpuAsync(Process served)
    {
        await served.StandardInput.WriteLineAsync();
        return long.Parse((await served.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
    }

    private static Task LoadAsync(HttpClient client, int first, int requests) => Parallel.ForEachAsync(
        Enumerable.Range(first, requests), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (n, cancellationToken) =>
        {
            using var content = new StringContent($$"""{"model":"stub-1","temperature":0.2,"messages":[{"role":"user","content":"{{n}} {{Text}}"}]}""", Encoding.UTF8, "application/json");
            using var response = await client.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), content, cancellationToken);
            response.EnsureSuccessStatusCode();
            await response.Content.ReadAsByteArrayAsync(cancellationToken);
        });

    private static async Task<WebApplication> ListenAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }
}
