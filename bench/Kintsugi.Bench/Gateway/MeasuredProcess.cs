using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kintsugi.Bench.Gateway;

/// <summary>A gateway in a process of its own, and what the kernel says it uses.</summary>
internal sealed class MeasuredProcess : IAsyncDisposable
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that a user sees

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private MeasuredProcess(Process process, IPEndPoint endPoint) => (_process, EndPoint) = (process, endPoint);

    public IPEndPoint EndPoint { get; }

    /// <summary>User and system time of all its threads, ended ones too.</summary>
    public double CpuSeconds
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{_process.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    public double ResidentMegabytes => Status("VmRSS:");

    public double PeakMegabytes => Status("VmHWM:");

    /// <summary>A hidden command of this program that prints its URL.</summary>
    /// <param name="cores">As `taskset` takes them.</param>
    public static async Task<MeasuredProcess> OwnAsync(string cores, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var process = Start(cores, [Environment.ProcessPath!, .. command]);
        var url = await process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException($"'{string.Join(' ', command)}' did not start.");
        return new MeasuredProcess(process, IPEndPoint.Parse(new Uri(url).Authority));
    }

    /// <summary>Another's server, which is told the port and is taken for ready when it accepts there.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not accept in time.</exception>
    public static async Task<MeasuredProcess> OthersAsync(string cores, Func<int, IReadOnlyList<string>> command, CancellationToken cancellationToken)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, FreePort());
        var process = Start(cores, command(endPoint.Port));
        process.OutputDataReceived += (_, _) => { }; // what it prints is read, or it would wait for us
        process.BeginOutputReadLine();
        var started = Stopwatch.GetTimestamp();
        while (!await AcceptsAsync(endPoint, cancellationToken))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > StartTime) throw new InvalidOperationException($"{process.StartInfo.ArgumentList[2]} did not start.");
            await Task.Delay(50, cancellationToken);
        }
        return new MeasuredProcess(process, endPoint);
    }

    /// <summary>Keeps this process, all its threads, to some cores.</summary>
    public static Task PinAsync(string cores, CancellationToken cancellationToken) => KintsugiCommand.HostAsync(
        "taskset", ["-a", "-c", "-p", cores, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)], cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close(); // ours end by themselves and clear up
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
        _process.Dispose();
    }

    private static Process Start(string cores, IReadOnlyList<string> command) =>
        Process.Start(new ProcessStartInfo("taskset", ["-c", cores, .. command]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task<bool> AcceptsAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = await LoadConnection.OpenAsync(endPoint, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private double Status(string field)
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }
}
