using System.Globalization;
using System.Text;
using Kintsugi.Cli.Demo;

namespace Kintsugi.Bench;

/// <summary>Every scenario of the demo with many seeds: does each heal end as it must, and what does it cost?</summary>
public static class ScenarioBench
{
    /// <summary>Makes and heals each scenario with each seed, one after the other, and prints the table.</summary>
    /// <param name="only">Names of scenarios; empty for all.</param>
    /// <param name="file">Where to write the table as well; null for nowhere.</param>
    /// <returns>0 when all ended right.</returns>
    public static async Task<int> RunAsync(int seeds, int firstSeed, IReadOnlyList<string> only, string? file, CancellationToken cancellationToken)
    {
        List<ScenarioRun> runs = [];
        var broken = 0;
        foreach (var seed in Enumerable.Range(firstSeed, seeds))
        {
            foreach (var scenario in DemoScenarios.All.Where(s => only.Count == 0 || only.Contains(s.Name)))
            {
                using var ground = new DrillGround();
                try
                {
                    var (run, _) = await ScenarioRun.RunAsync(scenario, seed, ground.Place(scenario.Name), cancellationToken);
                    runs.Add(run);
                    Console.Error.WriteLine(Line(run));
                }
                catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
                {
                    broken++;
                    Console.Error.WriteLine($"{scenario.Name} seed {seed}: FAILED: {e.Message}");
                }
            }
        }

        var table = Table(runs, broken);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table, cancellationToken);
        return broken == 0 && runs.TrueForAll(IsRight) ? 0 : 1;
    }

    private static bool IsRight(ScenarioRun run) => run is { OutcomeIsRight: true, CauseIsRight: true, CulpritIsRight: true, IsFalseProposal: false };

    private static string Line(ScenarioRun run) => string.Create(CultureInfo.InvariantCulture,
        $"{run.Scenario.Name,-10} seed {run.Seed,2} {(IsRight(run) ? "right" : "WRONG")} {run.Outcome}, {run.Cause ?? "-"}, {run.Action}; culprits {Told(run)}; {run.Took.TotalSeconds:0.0} s");

    private static string Told(ScenarioRun run) =>
        string.Join(" or ", run.Culprits.Select(set => string.Join(" and ", set.Select(h => $"{h.File} -[{h.Removed.Trim()}] +[{h.Added.Trim()}]"))));

    private static string Table(List<ScenarioRun> runs, int broken)
    {
        var table = new StringBuilder();
        table.AppendLine("# The scenarios, healed").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{runs.Count + broken} repositories made with `kintsugi demo --make-only` and healed with `kintsugi heal`, one after the other; {runs.Select(r => r.Seed).Distinct().Count()} seeds each. A seed chooses the innocent commits, their order, the model's noise and the heal's own draws.");
        table.AppendLine("Costs are medians of a heal. `from recordings`: share of the culprit search's model calls that no provider had to answer; acceptance and controls always ask afresh.").AppendLine();
        table.AppendLine("| scenario | runs | outcome right | cause right | culprit right | false proposals | heal, s | agent runs | model calls | live | search: model calls | from recordings |");
        table.AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var group in runs.GroupBy(r => r.Scenario.Name)) Row(table, group.Key, [.. group]);
        if (runs.Count > 0) Row(table, "all", runs);
        if (broken > 0) table.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{broken} runs ended without a document.");
        return table.ToString();
    }

    private static void Row(StringBuilder table, string name, List<ScenarioRun> runs)
    {
        var (calls, live) = (runs.Sum(r => r.Search.ModelCalls), runs.Sum(r => r.Search.LiveModelCalls));
        table.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | {runs.Count} | {runs.Count(r => r.OutcomeIsRight)} | {runs.Count(r => r.CauseIsRight)} | {runs.Count(r => r.CulpritIsRight)} | {runs.Count(r => r.IsFalseProposal)} | {Median(runs, r => r.Took.TotalSeconds):0.0} | {Median(runs, r => r.AgentRuns):0} | {Median(runs, r => r.ModelCalls):0} | {Median(runs, r => r.LiveModelCalls):0} | {Median(runs, r => r.Search.ModelCalls):0} | {(calls == 0 ? "–" : (100.0 * (calls - live) / calls).ToString("0", CultureInfo.InvariantCulture) + " %")} |");
    }

    internal static double Median<T>(IEnumerable<T> of, Func<T, double> value)
    {
        var sorted = of.Select(value).Order().ToArray();
        return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
