using System.Diagnostics;

namespace Kintsugi.Bench.Ingest;

/// <summary>`kintsugi serve` in a process of its own, in a directory that goes with it.</summary>
internal sealed class ServedTraces(Process process, string directory, Uri http, Uri grpc) : IAsyncDisposable
{
    public Uri Http => http;

    public Uri Grpc => grpc;

    /// <summary>The most that it has had in memory so far.</summary>
    public long PeakBytes
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
    }

    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    public TimeSpan Cpu => process.TotalProcessorTime;

    public static async Task<ServedTraces> StartAsync(CancellationToken cancellationToken) => await StartAsync(Directory.CreateTempSubdirectory("kintsugi-serve-").FullName, isOwn: true, cancellationToken);

    /// <param name="directory">It stays the caller's.</param>
    public static async Task<ServedTraces> StartAsync(string directory, CancellationToken cancellationToken) => await StartAsync(directory, isOwn: false, cancellationToken);

    public void Kill() => process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        if (directory.Length > 0) Directory.Delete(directory, true);
    }

    private static async Task<ServedTraces> StartAsync(string directory, bool isOwn, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "kintsugi.yaml"), "agent: { name: desk, prompt: p.md, model: sim-large, protocol: prompt }\ndataset: gold.jsonl\nscorers: [ exact: {} ]\n", cancellationToken);
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "kintsugi"), ["serve", directory, "--port", "0", "--grpc-port", "0"]) { RedirectStandardOutput = true })!;
        List<Uri> addresses = [];
        while (addresses.Count < 2 && await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            if (line.Split("OTEL_EXPORTER_OTLP_ENDPOINT=") is [_, var rest]) addresses.Add(new Uri(rest.Split(' ')[0]));
        return addresses is [var http, var grpc] ? new ServedTraces(process, isOwn ? directory : "", http, grpc) : throw new InvalidOperationException("The server did not start.");
    }
}
