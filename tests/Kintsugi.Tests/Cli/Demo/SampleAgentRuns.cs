using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Kintsugi.Cli.Demo;
using Kintsugi.Models;
using Kintsugi.Models.Providers.Simulated;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Kintsugi.Tests.Cli.Demo;

/// <summary>Runs versions of the sample agent as plain processes against the simulated provider on a loopback port.</summary>
internal static class SampleAgentRuns
{
    /// <summary>Ids of the samples that fail, out of all in the version's own dataset.</summary>
    public static async Task<(HashSet<string> Failed, int Total)> FailuresAsync(
        IReadOnlyDictionary<string, DemoFile> files, SimulatedWeather weather, CancellationToken cancellationToken)
    {
        await using var server = await ServeAsync(new SimulatedProvider("simulated", weather, TimeProvider.System), cancellationToken);
        var samples = files["golden/leads.jsonl"].Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        var asked = string.Concat(samples.Select(s => new JsonObject
        {
            ["id"] = s["id"]!.DeepClone(),
            ["epoch"] = 0,
            ["input"] = s["input"]!.DeepClone(),
        }.ToJsonString() + "\n"));
        var (_, output, _) = await RunAsync(files, "-S agent.py", asked, server.Urls.First(), cancellationToken);

        var answers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)
            .ToDictionary(a => a["id"]!.GetValue<string>(), a => a["output"]);
        var failed = samples.Where(s => !Passes(s["target"]!, answers.GetValueOrDefault(s["id"]!.GetValue<string>())));
        return ([.. failed.Select(s => s["id"]!.GetValue<string>())], samples.Count);
    }

    public static async Task<(int ExitCode, string Output)> TestAsync(IReadOnlyDictionary<string, DemoFile> files, CancellationToken cancellationToken)
    {
        var (exit, output, errors) = await RunAsync(files, "-S -m unittest -q", "", "http://127.0.0.1:9", cancellationToken);
        return (exit, output + errors);
    }

    private static bool Passes(JsonNode target, JsonNode? output) =>
        output is not null
        && output["tier"]!.GetValue<string>() == target["tier"]!.GetValue<string>()
        && output["owner"]!.GetValue<string>() == target["owner"]!.GetValue<string>()
        && Math.Abs(output["score"]!.GetValue<double>() - target["score"]!.GetValue<double>()) <= 5;

    private static async Task<(int Exit, string Output, string Errors)> RunAsync(
        IReadOnlyDictionary<string, DemoFile> files, string arguments, string input, string url, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("kintsugi-agent-");
        try
        {
            foreach (var (path, file) in files)
            {
                var target = Path.Combine(directory.FullName, path);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                await File.WriteAllBytesAsync(target, file.Bytes, cancellationToken);
            }
            var start = new ProcessStartInfo("python3", arguments)
            {
                WorkingDirectory = directory.FullName,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(false),
                StandardOutputEncoding = Encoding.UTF8,
            };
            start.Environment["OPENAI_BASE_URL"] = url + "/v1";
            start.Environment["OPENAI_API_KEY"] = "none";
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
#pragma warning disable RS0030 // The agent is our own and needs no sandbox here: what is tested is the agent beside the provider, nothing else.
            using var process = Process.Start(start)!;
#pragma warning restore RS0030
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            try
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended before it had read everything: what it said before is the result.
            }
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<WebApplication> ServeAsync(SimulatedProvider provider, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/v1/{**path}", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            var answer = await provider.AskAsync(new ModelRequest(context.Request.Path, body.ToArray()), new Draw("", 0, 0, 0), context.RequestAborted);
            context.Response.StatusCode = answer.Status;
            context.Response.ContentType = answer.ContentType;
            context.Response.ContentLength = answer.Body.Length;
            await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
        });
        await app.StartAsync(cancellationToken);
        return app;
    }
}
