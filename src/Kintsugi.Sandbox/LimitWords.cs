using System.Globalization;
using Kintsugi.Sandbox.Inside;

namespace Kintsugi.Sandbox;

/// <summary>The exact reason for which a command was stopped, or failed.</summary>
internal static class LimitWords
{
    private const int EndedByProcessorTime = 128 + 24; // SIGXCPU, of the command or of what a shell ran

    /// <summary>What stands behind a failure that was none of the product's doing: a limit that does not kill shows as an error of the command's own.</summary>
    /// <returns>Null when the command succeeded, or no limit had to do with it.</returns>
    public static string? Of(InitReport report, SandboxLimits limits, bool ranIntoProcesses) => report switch
    {
        { Code: 0 } => null,
        { Code: EndedByProcessorTime } when limits.Cpu is { } cpu => Killed($"cpu {Seconds(cpu)} s"),
        { DiskFull: true } => Reached($"disk {Mebibytes(limits.WorkspaceBytes)} MiB"),
        { InodesUsedUp: true } => Reached(string.Create(CultureInfo.InvariantCulture, $"files {limits.Files}")),
        _ when ranIntoProcesses => Reached(string.Create(CultureInfo.InvariantCulture, $"processes {limits.Processes}")),
        _ => null,
    };

    public static string Killed(string limit) => $"killed: {limit}";

    public static string Reached(string limit) => $"reached: {limit}";

    public static string Memory(long bytes) => Killed($"memory {Mebibytes(bytes)} MiB");

    public static string Mebibytes(long bytes) => (bytes / (double)(1 << 20)).ToString("0.##", CultureInfo.InvariantCulture);

    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture);
}
