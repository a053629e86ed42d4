using System.Diagnostics;
using System.Globalization;
using Kintsugi.Sandbox;

namespace Kintsugi.Bench;

/// <summary>What opening a sandbox takes a fresh process: finding out that it holds.</summary>
public static class SandboxProbe
{
    private const int Times = 9;

    /// <returns>Medians; CPU is that of the process and of all that it started, and of it without what the runtime took to come up.</returns>
    public static async Task<Usage> MeasureAsync(string tier, CancellationToken cancellationToken)
    {
        var usages = new List<Usage>();
        for (var n = 0; n < Times; n++)
        {
            var line = await KintsugiCommand.HostAsync(Environment.ProcessPath!, ["sandbox-opened", tier], cancellationToken);
            var words = line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
            usages.Add(new Usage(words[0], words[1], 0));
        }

        return Usage.Median(usages);
    }

    /// <summary>The fresh process: prints seconds of wall and CPU.</summary>
    public static async Task<int> PrintAsync(string tier, CancellationToken cancellationToken)
    {
        var (cpu, started) = (Usage.OwnCpuSeconds + Usage.ChildrenCpuSeconds, Stopwatch.GetTimestamp());
        _ = await Sandboxes.OpenAsync(tier, allowUnsandboxed: false, cancellationToken);
        var wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wall} {Usage.OwnCpuSeconds + Usage.ChildrenCpuSeconds - cpu}"));
        return 0;
    }
}
