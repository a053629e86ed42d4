using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Kintsugi.Bench;

/// <summary>What a command and the processes it waited for used, as the kernel counts it.</summary>
/// <param name="PeakMegabytes">Of the largest of them.</param>
public sealed record Usage(double WallSeconds, double CpuSeconds, double PeakMegabytes)
{
    private const int Itself = 0, WaitedFor = -1;

    /// <summary>Runs a command by a parent of its own, since the kernel adds up all the children that a process ever had.</summary>
    /// <param name="exit">The status it must end with.</param>
    /// <param name="text">What it must print.</param>
    /// <exception cref="InvalidOperationException">It ended or printed otherwise.</exception>
    public static async Task<Usage> OfAsync(int exit, string text, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var line = await KintsugiCommand.HostAsync(
            Environment.ProcessPath!, ["eval-measured", exit.ToString(CultureInfo.InvariantCulture), text, "--", .. command], cancellationToken);
        return line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray() is [var wall, var cpu, var peak]
            ? new Usage(wall, cpu, peak)
            : throw new FormatException($"'{line}' is no usage.");
    }

    /// <summary>The parent: runs the command and prints what it used.</summary>
    public static async Task<int> PrintAsync(int exit, string text, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true })!;
        var printed = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (process.ExitCode != exit || !printed.Contains(text, StringComparison.Ordinal))
        {
            await Console.Error.WriteLineAsync($"'{string.Join(' ', command)}' ended with {process.ExitCode}\n{printed}");
            return 1;
        }
        var (cpu, peak) = Kernel(WaitedFor);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wall} {cpu} {peak}"));
        return 0;
    }

    /// <summary>Seconds of this process's own threads, ended ones too.</summary>
    public static double OwnCpuSeconds => Kernel(Itself).CpuSeconds;

    /// <summary>Seconds of the children that this process has waited for, and of all that those waited for.</summary>
    public static double ChildrenCpuSeconds => Kernel(WaitedFor).CpuSeconds;

    /// <summary>Each figure's own median.</summary>
    public static Usage Median(IReadOnlyList<Usage> usages) => new(Middle(usages, u => u.WallSeconds), Middle(usages, u => u.CpuSeconds), Middle(usages, u => u.PeakMegabytes));

    private static (double CpuSeconds, double PeakMegabytes) Kernel(int who)
    {
        var used = new long[18]; // seconds and microseconds as user, the same as system, then kilobytes at the peak
        return ResourceUsage(who, used) == 0
            ? (used[0] + used[2] + ((used[1] + used[3]) / 1e6), used[4] / 1024.0)
            : throw new InvalidOperationException("getrusage failed.");
    }

    private static double Middle(IReadOnlyList<Usage> usages, Func<Usage, double> of) => usages.Select(of).Order().ElementAt(usages.Count / 2);

    [DllImport("libc", EntryPoint = "getrusage")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int ResourceUsage(int who, [Out] long[] usage);
}
