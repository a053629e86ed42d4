using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Kintsugi.Bench;

/// <summary>What evaluating a sample costs: whole `kintsugi eval` processes on an agent of protocol prompt, with a model service that answers at once.</summary>
/// <remarks>
/// `[COMMAND [REPETITIONS]]` measures that command, by default the one that was built beside; `stub` is the model service and `measured COMMAND…` the parent of one
/// measured process, both in processes of their own. CPU and memory are what the kernel counts for the command with the git processes it waits for.
/// </remarks>
public static class EvalBench
{
    private const int Warm = 1;

    private static readonly int[] Sizes = [1, 1_000, 10_000];

    private static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        """{"id":"c1","object":"chat.completion","created":1,"model":"stub-1","choices":[{"index":0,"message":{"role":"assistant","content":"{\"tier\":\"A\",\"score\":91,\"reason\":\"Large, in the right industry and with a budget that is signed off.\"}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":310,"completion_tokens":32}}""");

    public static Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return args switch
        {
            ["stub"] => ServeAsync(),
            ["measured", .. var command] => MeasuredAsync(command),
            _ => MeasureAsync(args.ElementAtOrDefault(0) ?? Path.Combine(AppContext.BaseDirectory, "kintsugi"), int.Parse(args.ElementAtOrDefault(1) ?? "5", CultureInfo.InvariantCulture)),
        };
    }

    private static async Task<int> MeasureAsync(string kintsugi, int repetitions)
    {
        using var stub = Start([Environment.ProcessPath!, "eval", "stub"]);
        var url = (await stub.StandardOutput.ReadLineAsync())!;
        var medians = new List<Usage>();
        foreach (var samples in Sizes)
        {
            var directory = Directory.CreateTempSubdirectory("kintsugi-bench-").FullName;
            await WriteAgentAsync(directory, url, samples);
            var usages = new List<Usage>();
            for (var i = 0; i < Warm + repetitions; i++) usages.Add(await UsageAsync([kintsugi, "eval", directory]));
            medians.Add(Usage.Median(usages.Skip(Warm)));
            Directory.Delete(directory, recursive: true);
        }
        stub.StandardInput.Close();
        await stub.WaitForExitAsync();
        Write(medians, repetitions);
        return 0;
    }

    private static void Write(List<Usage> medians, int repetitions)
    {
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Medians of {repetitions} runs after {Warm}; {Environment.ProcessorCount} cores, load average {load} at the end.\n"));
        Console.WriteLine("| samples | wall, s | CPU, s | CPU per further sample, ms | peak memory, MB | promptfoo 0.123: CPU per further sample, ms | its peak memory, MB |");
        Console.WriteLine("|--:|--:|--:|--:|--:|--:|--:|");
        string[] peers = ["2.2 s in all | ", "9 | 400", "9 | 1000–1200"];
        for (var i = 0; i < Sizes.Length; i++)
        {
            var marginal = i == 0 ? "" : (1000 * (medians[i].CpuSeconds - medians[i - 1].CpuSeconds) / (Sizes[i] - Sizes[i - 1])).ToString("0.00", CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {Sizes[i]} | {medians[i].WallSeconds:0.00} | {medians[i].CpuSeconds:0.00} | {marginal} | {medians[i].PeakMegabytes:0} | {peers[i]} |"));
        }
    }

    private static async Task WriteAgentAsync(string directory, string url, int samples)
    {
        Directory.CreateDirectory(Path.Combine(directory, "prompts"));
        await File.WriteAllTextAsync(Path.Combine(directory, "kintsugi.yaml"), $$"""
            agent:
              name: bench
              prompt: prompts/score.md
              model: stub-1
              response: json
            dataset: leads.jsonl
            scorers:
              - exact: { path: $.tier }
              - contains: { path: $.reason, text: industry }
              - regex: { path: $.reason, pattern: "^[A-Z].*[.]$" }
              - json_path: { path: $.score, equals: 91 }
            models:
              providers: { stub: { kind: openai, url: {{url}}, key: sk-bench } }
            """);
        await File.WriteAllTextAsync(
            Path.Combine(directory, "prompts", "score.md"),
            string.Concat(Enumerable.Repeat("Score this lead by the rubric and answer in JSON with tier, score and reason. ", 12)) + "\n{{ input.company }} has {{ input.employees }} people.\n");
        await File.WriteAllLinesAsync(Path.Combine(directory, "leads.jsonl"), Enumerable.Range(0, samples).Select(n => string.Create(
            CultureInfo.InvariantCulture, $$$"""{"id":"lead-{{{n:00000}}}","input":{"company":"Company {{{n}}}","employees":{{{n % 5000}}}},"target":{"tier":"A"},"tags":["t{{{n % 5}}}"]}""")));
        foreach (var arguments in (string[][])[["init", "--quiet"], ["add", "."], ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "-m", "agent"]])
        {
            using var git = Start(["git", "-C", directory, .. arguments]);
            await git.WaitForExitAsync();
        }
    }

    private static async Task<Usage> UsageAsync(string[] command)
    {
        using var parent = Start([Environment.ProcessPath!, "eval", "measured", .. command]);
        var line = (await parent.StandardOutput.ReadToEndAsync()).Trim();
        await parent.WaitForExitAsync();
        return parent.ExitCode == 0 ? Usage.Parse(line) : throw new InvalidOperationException($"'{string.Join(' ', command)}' did not evaluate.");
    }

    /// <summary>Runs one command and prints what it used.</summary>
    private static async Task<int> MeasuredAsync(string[] command)
    {
        const int firstRun = 3; // `no_baseline`
        var started = Stopwatch.GetTimestamp();
        using var process = Start(command);
        var table = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (process.ExitCode != firstRun || !table.Contains("100.0 %", StringComparison.Ordinal))
        {
            await Console.Error.WriteLineAsync($"exit code {process.ExitCode}\n{table}");
            return 1;
        }
        var used = new long[18];
        if (ResourceUsage(-1, used) != 0) throw new InvalidOperationException("getrusage failed.");
        Console.WriteLine(new Usage(wall, used[0] + used[2] + ((used[1] + used[3]) / 1e6), used[4] / 1024.0));
        return 0;
    }

    private static async Task<int> ServeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = Answer.Length;
            return context.Response.Body.WriteAsync(Answer, context.RequestAborted).AsTask();
        });
        await app.StartAsync();
        Console.WriteLine($"{app.Urls.Single()}/v1");
        await Console.In.ReadLineAsync();
        return 0;
    }

    private static Process Start(string[] command) => Process.Start(
        new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    [DllImport("libc", EntryPoint = "getrusage")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int ResourceUsage(int who, [Out] long[] usage);

    private sealed record Usage(double WallSeconds, double CpuSeconds, double PeakMegabytes)
    {
        public static Usage Parse(string line) =>
            line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray() is [var wall, var cpu, var peak]
                ? new Usage(wall, cpu, peak)
                : throw new FormatException($"'{line}' is no usage.");

        public static Usage Median(IEnumerable<Usage> usages)
        {
            List<Usage> all = [.. usages];
            return new Usage(Middle(all, u => u.WallSeconds), Middle(all, u => u.CpuSeconds), Middle(all, u => u.PeakMegabytes));
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{WallSeconds} {CpuSeconds} {PeakMegabytes}");

        private static double Middle(List<Usage> all, Func<Usage, double> of) => all.Select(of).Order().ElementAt(all.Count / 2);
    }
}
