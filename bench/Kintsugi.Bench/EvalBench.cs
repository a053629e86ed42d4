using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Kintsugi.Bench;

/// <summary>What evaluating a sample costs: whole `kintsugi eval` processes on an agent of protocol prompt, with a model service that answers at once.</summary>
public static class EvalBench
{
    private const int Warm = 1;

    private static readonly int[] Sizes = [1, 1_000, 10_000];

    /// <param name="kintsugi">The command to measure; null for the one that was built beside.</param>
    /// <param name="promptfoo">Its command, to be measured too; null for the figures of the design.</param>
    public static async Task<int> RunAsync(int repetitions, string? kintsugi, string? promptfoo, string? file, CancellationToken cancellationToken)
    {
        kintsugi ??= Path.Combine(AppContext.BaseDirectory, "kintsugi");
        var loadBefore = Load();
        using var stub = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["eval-model"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var url = (await stub.StandardOutput.ReadLineAsync(cancellationToken))!;
        var ours = new List<Usage>();
        var theirs = new List<Usage>();
        foreach (var samples in Sizes)
        {
            using var ground = new DrillGround();
            var agent = ground.Place("agent");
            await EvalAgent.WriteAsync(agent, url, samples, cancellationToken);
            ours.Add(await MedianAsync(repetitions, () => FirstRunAsync(kintsugi, agent, cancellationToken)));
            if (promptfoo is null) continue;
            var command = await EvalAgent.WriteForPromptfooAsync(promptfoo, agent, url, samples, cancellationToken);
            theirs.Add(await MedianAsync(samples > 1_000 ? 1 : repetitions, () => Usage.OfAsync(0, "(100%)", command, cancellationToken)));
        }
        stub.StandardInput.Close();
        await stub.WaitForExitAsync(cancellationToken);

        var table = Table(ours, theirs, repetitions, loadBefore);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table, cancellationToken);
        return 0;
    }

    /// <summary>Without a baseline the verdict is `no_baseline`, 3 to the shell.</summary>
    private static Task<Usage> FirstRunAsync(string kintsugi, string agent, CancellationToken cancellationToken) =>
        Usage.OfAsync(3, "100.0 %", [kintsugi, "eval", agent], cancellationToken);

    private static async Task<Usage> MedianAsync(int repetitions, Func<Task<Usage>> run)
    {
        var usages = new List<Usage>();
        for (var i = 0; i < Warm + repetitions; i++) usages.Add(await run());
        return Usage.Median(usages[Warm..]);
    }

    private static string Table(List<Usage> ours, List<Usage> theirs, int repetitions, string loadBefore)
    {
        var table = new StringBuilder();
        table.AppendLine("# The cost of evaluating a sample").AppendLine();
        table.AppendLine(
            "Whole processes of `kintsugi eval` on an agent of protocol `prompt` with four assertions (exact, contains, regex, json_path), one run of each sample, a loopback model service in another process that answers at once, every answer recorded and every result stored. CPU is user and system time of the process with the git processes it starts; memory is the peak of the largest.").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"Medians of {repetitions} runs after {Warm}; {Environment.ProcessorCount} cores, load average {loadBefore} before and {Load()} after: above 1 or 2, other work shares the cores and times grow with it.").AppendLine();
        Rows(table, "kintsugi", ours);
        var (one, marginal, peak) = (ours[0].WallSeconds, Marginal(ours, 2), ours[2].PeakMegabytes);
        table.AppendLine().AppendLine("| wanted | measured | |").AppendLine("|---|---|---|");
        table.AppendLine(CultureInfo.InvariantCulture, $"| at most 0.4 ms CPU for a further sample, to 1,000 | {Marginal(ours, 1):0.00} ms | {Said(Marginal(ours, 1) <= 0.4)} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| the same, from there to 10,000 | {marginal:0.00} ms | {Said(marginal <= 0.4)} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| at most 150 MB at 10,000 samples | {peak:0} MB | {Said(peak <= 150)} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| one sample in at most 0.7 s | {one:0.00} s | {Said(one <= 0.7)} |");
        table.AppendLine().AppendLine("## promptfoo").AppendLine();
        if (theirs.Count == 0)
        {
            table.AppendLine("Not measured here. The design cites of promptfoo 0.123: 2.2 s for one sample, 9 ms CPU for a further one, 400 MB at 1,000 samples, 1.0 to 1.2 GB at 10,000.");
        }
        else
        {
            table.AppendLine("The same prompt, samples, service and four assertions (two native, a JSON schema, a line of JavaScript), no cache, its default concurrency; of 10,000 samples one run after one.").AppendLine();
            Rows(table, "promptfoo", theirs);
        }
        return table.ToString();
    }

    private static void Rows(StringBuilder table, string name, List<Usage> usages)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"| {name}: samples | wall, s | CPU, s | CPU per further sample, ms | peak memory, MB |").AppendLine("|--:|--:|--:|--:|--:|");
        for (var i = 0; i < usages.Count; i++)
        {
            var marginal = i == 0 ? "" : Marginal(usages, i).ToString("0.00", CultureInfo.InvariantCulture);
            table.AppendLine(CultureInfo.InvariantCulture, $"| {Sizes[i]} | {usages[i].WallSeconds:0.00} | {usages[i].CpuSeconds:0.00} | {marginal} | {usages[i].PeakMegabytes:0} |");
        }
    }

    /// <summary>Milliseconds of CPU for each sample more than the row before.</summary>
    private static double Marginal(List<Usage> usages, int row) => 1000 * (usages[row].CpuSeconds - usages[row - 1].CpuSeconds) / (Sizes[row] - Sizes[row - 1]);

    private static string Said(bool reached) => reached ? "reached" : "missed";

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
