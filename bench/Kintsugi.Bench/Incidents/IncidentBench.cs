using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Bench.Incidents;

/// <summary>Agents broken in known ways, and healed: does each heal end as it must, and what does it cost?</summary>
public static class IncidentBench
{
    /// <summary>Makes and heals incidents one after the other, and prints the table.</summary>
    /// <param name="incidents">How many.</param>
    /// <param name="only">Numbers of those to make again; empty for all.</param>
    /// <param name="agents">Names of agents; empty for all.</param>
    /// <param name="atOnce">How many are healed beside each other; more than one makes each slower.</param>
    /// <param name="minutes">After so many none is begun any more; 0 for no such bound.</param>
    /// <param name="documents">A directory for what each heal printed; null for none.</param>
    /// <param name="file">Where to write the table as well; null for nowhere.</param>
    /// <returns>0 when all ended right.</returns>
    public static async Task<int> RunAsync(
        int seed, int incidents, IReadOnlyList<int> only, IReadOnlyList<string> agents, int atOnce, int minutes, string? documents, string? file, CancellationToken cancellationToken)
    {
        using var ground = new DrillGround();
        IReadOnlyList<PlantedAgent> chosen = [.. PlantedAgents.All.Where(a => agents.Count == 0 || agents.Contains(a.Name))];
        var started = Stopwatch.GetTimestamp();
        var shares = (only.Count > 0 ? only : [.. Enumerable.Range(1, incidents)]).Index().GroupBy(n => n.Index % atOnce, n => n.Item).Select(share => Task.Run(
            () => HealAsync(ground, $"agents-{share.Key}", seed, share.TakeWhile(_ => minutes == 0 || Stopwatch.GetElapsedTime(started).TotalMinutes < minutes), chosen, Keep, Console.Error.WriteLine, cancellationToken), cancellationToken));
        var ended = await Task.WhenAll(shares);
        IReadOnlyList<HealedIncident> healed = [.. ended.SelectMany(e => e.Healed).OrderBy(h => h.Incident.Number)];
        IReadOnlyList<string> broken = [.. ended.SelectMany(e => e.Broken)];
        var table = Table(seed, atOnce, healed, broken);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table, cancellationToken);
        return broken.Count == 0 && healed.All(h => h.IsRight) ? 0 : 1;

        void Keep(HealedIncident ended)
        {
            if (documents is null) return;
            Directory.CreateDirectory(documents);
            File.WriteAllText(Path.Combine(documents, string.Create(CultureInfo.InvariantCulture, $"{ended.Incident.Number:000}.json")), ended.Document);
        }
    }

    /// <summary>Makes and heals incidents of some agents, one after the other.</summary>
    /// <param name="place">Where on the ground they lie.</param>
    /// <returns>Those that ended with a document, and what became of the others.</returns>
    public static async Task<(IReadOnlyList<HealedIncident> Healed, IReadOnlyList<string> Broken)> HealAsync(
        DrillGround ground, string place, int seed, IEnumerable<int> numbers, IReadOnlyList<PlantedAgent> agents, Action<HealedIncident> keep, Action<string> say, CancellationToken cancellationToken)
    {
        Environment.SetEnvironmentVariable("KINTSUGI_CACHE", ground.Place("cache")); // what is built here is of no use elsewhere
        var planner = new IncidentPlanner(seed, [.. agents.Select(a => new AgentGround(a, ground.Place(place)))]);
        List<HealedIncident> healed = [];
        List<string> broken = [];
        foreach (var number in numbers)
        {
            try
            {
                var (incident, exam) = await planner.PlanAsync(number, cancellationToken);
                var ended = await HealedIncident.RunAsync(incident, exam, cancellationToken);
                healed.Add(ended);
                keep(ended);
                say($"{(ended.IsRight ? "right" : "WRONG")} {ended.Told}");
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
            {
                broken.Add($"{number}: {e.Message}");
                say($"FAILED {number}: {e.Message}");
            }
        }
        return (healed, broken);
    }

    private static string Table(int seed, int atOnce, IReadOnlyList<HealedIncident> healed, IReadOnlyList<string> broken)
    {
        var table = new StringBuilder();
        table.AppendLine("# Planted incidents, healed").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{healed.Count + broken.Count} repositories made from seed {seed} and healed with `kintsugi heal --json`, {(atOnce == 1 ? "one after the other" : $"{atOnce} at once")}, by `restore` and `repin` alone. No language model: the simulated provider answers, with its noise of 1 %.{(healed.Count(h => h.Resumed) is > 0 and var resumed ? $" In {resumed} of them the world was down for longer than a heal waits: it ended with 4, and `kintsugi incident resume` was run with the world back, as its message says." : "")}").AppendLine();
        table.AppendLine("| what must be reached | target | reached | 95 % |").AppendLine("|---|---:|---:|---:|");
        Goal(table, "outcome and action right", "≥ 95 %", healed, h => h.OutcomeIsRight);
        Goal(table, "cause exact", "≥ 95 %", healed, h => h.CauseIsRight);
        Goal(table, "culprit exactly the planted hunks", "≥ 90 %", [.. healed.Where(h => h.Incident.Planted.Length > 0)], h => h.CulpritIsRight);
        Goal(table, "false proposals", "≤ 1 %", [.. healed.Where(h => !h.Incident.Expected.IsProposal)], h => h.IsFalseProposal);
        Goal(table, "repairable ones mended, and equal on all unseen questions", "≥ 90 %", [.. healed.Where(h => h.Incident.Expected.IsProposal)], h => h.IsMendedWholly);
        Goal(table, "proposed fixes that are equal on all unseen questions", "", [.. healed.Where(h => h.IsMended)], h => h.IsMendedWholly);
        Groups(table, "Causes", healed.GroupBy(h => h.Incident.Fault).OrderBy(g => g.Key).Select(g => (Word(g.Key), g.ToList())));
        Groups(table, "Agents", healed.GroupBy(h => h.Incident.Ground.Agent).OrderBy(g => g.Key.Name, StringComparer.Ordinal).Select(g => ($"{g.Key.Name} ({g.Key.Kind})", g.ToList())));
        Groups(table, "Golden samples that are broken", healed.Where(h => h.Incident.Broken > 0).GroupBy(h => h.Incident.Broken switch { < 0.15 => 0, < 0.4 => 1, _ => 2 }).OrderBy(g => g.Key)
            .Select(g => (((string[])["fewer than 15 %", "15 to 40 %", "40 % and more"])[g.Key], g.ToList())));
        if (healed.Any(h => !h.IsRight))
        {
            table.AppendLine().AppendLine("## What did not end right").AppendLine().AppendLine(CultureInfo.InvariantCulture, $"`Kintsugi.Bench incidents --seed {seed} --only N` makes one of them again.").AppendLine();
            foreach (var wrong in healed.Where(h => !h.IsRight)) table.AppendLine(CultureInfo.InvariantCulture, $"- {wrong.Told}");
        }
        foreach (var line in broken) table.AppendLine(CultureInfo.InvariantCulture, $"- without an end: {line}");
        return table.ToString();
    }

    private static void Goal(StringBuilder table, string what, string target, IReadOnlyList<HealedIncident> of, Func<HealedIncident, bool> holds)
    {
        var count = of.Count(holds);
        var (low, high) = RateInterval.Wilson(count, of.Count, 0.05);
        table.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {target} | {count} of {of.Count}{(of.Count > 0 ? $", {100.0 * count / of.Count:0.0} %" : "")} | {100 * low:0.0}–{100 * high:0.0} % |");
    }

    private static void Groups(StringBuilder table, string title, IEnumerable<(string Name, List<HealedIncident> Healed)> groups)
    {
        table.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {title}").AppendLine();
        table.AppendLine("| | incidents | outcome right | cause exact | culprit exact | false proposals | fixes: full, partial | mended wholly | broken, % | agent runs | model calls | s |");
        table.AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        List<HealedIncident> all = [];
        foreach (var (name, healed) in groups)
        {
            Row(table, name, healed);
            all.AddRange(healed);
        }
        Row(table, "all", all);
    }

    private static void Row(StringBuilder table, string name, List<HealedIncident> of)
    {
        var (planted, repairable) = (of.Count(h => h.Incident.Planted.Length > 0), of.Count(h => h.Incident.Expected.IsProposal));
        table.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | {of.Count} | {of.Count(h => h.OutcomeIsRight)} | {of.Count(h => h.CauseIsRight)} | {(planted == 0 ? "–" : $"{of.Count(h => h.Incident.Planted.Length > 0 && h.CulpritIsRight)} of {planted}")} | {of.Count(h => h.IsFalseProposal)} | {(repairable == 0 ? "–" : $"{of.Count(h => h.Verification == "full")}, {of.Count(h => h.Verification == "partial")}")} | {(repairable == 0 ? "–" : $"{of.Count(h => h.IsMendedWholly)} of {repairable}")} | {100 * ScenarioBench.Median(of, h => h.Incident.Broken):0} | {ScenarioBench.Median(of, h => h.AgentRuns):0} | {ScenarioBench.Median(of, h => h.ModelCalls):0} | {ScenarioBench.Median(of, h => h.Took.TotalSeconds):0.0} |");
    }

    private static string Word(Fault fault) => fault switch
    {
        Fault.None => "nothing is wrong",
        Fault.Prompt => "prompt",
        Fault.Code => "code",
        Fault.Flaky => "code, now and then",
        Fault.Tool => "tool",
        Fault.Schema => "data_structure: schema",
        Fault.Data => "data_structure: data",
        Fault.Model => "model",
        Fault.Dependency => "dependency",
        Fault.Build => "build",
        Fault.Either => "either of two",
        Fault.Both => "two together",
        Fault.ModelDrift => "model_drift",
        Fault.Transient => "transient",
        Fault.BadInput => "bad_input",
        Fault.GoldenOutdated => "golden_outdated",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };
}
