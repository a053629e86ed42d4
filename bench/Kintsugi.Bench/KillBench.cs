using System.Globalization;
using System.Text;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Bench;

/// <summary>What kills have done to heals.</summary>
/// <param name="Where">Kills by the last event that was on disk.</param>
/// <param name="Problems">Promises that were not kept; must be empty.</param>
public sealed record KillReport(int Kills, int Heals, TimeSpan Undisturbed, IReadOnlyDictionary<string, int> Where, IReadOnlyList<string> Problems);

/// <summary>Kills heals at random moments and takes them up again: nothing may be lost, nothing be done twice.</summary>
public static class KillBench
{
    /// <summary>Kills of one heal; then it is let alone, so that it ends.</summary>
    private const int MostKillsOfOneHeal = 5;

    public static async Task<int> RunAsync(int kills, int seed, string scenario, string? file, CancellationToken cancellationToken)
    {
        var report = await DrillAsync(kills, seed, scenario, Console.Error.WriteLine, cancellationToken);
        List<WrittenKillReport> written = [];
        foreach (var path in WrittenPath.All) written.Add(await WrittenKills.DrillAsync(path, () => 1, atQuestions: true, Console.Error.WriteLine, cancellationToken));
        var table = Table(report, scenario, seed) + WrittenKills.Table(written);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table, cancellationToken);
        return report.Problems.Count == 0 && written.All(w => w.Problems.Count == 0) ? 0 : 1;
    }

    /// <param name="kills">At least this many; the last heal is brought to its end.</param>
    /// <param name="seed">Chooses the moments; how far a heal has come by then is the machine's.</param>
    public static async Task<KillReport> DrillAsync(int kills, int seed, string scenario, Action<string> told, CancellationToken cancellationToken)
    {
        using var ground = new DrillGround();
        var made = await DemoFolder.MakeAsync(ground.Place("made"), scenario, 1, cancellationToken);
        var calm = await made.CopyAsync(ground.Place("calm"), cancellationToken);
        var undisturbed = await calm.Heal(1).RunAsync(cancellationToken);
        var expected = await EndOfAsync(calm, undisturbed, cancellationToken);
        told($"undisturbed: {expected} in {undisturbed.Took.TotalSeconds:0.0} s");

        var random = new Random(seed);
        var where = new Dictionary<string, int>();
        List<string> problems = [];
        var (killed, heals) = (0, 0);
        for (; killed < kills; heals++)
        {
            var folder = await made.CopyAsync(ground.Place($"heal-{heals}"), cancellationToken);
            var before = await folder.UsersOwnAsync(cancellationToken);
            CommandEnd end;
            IReadOnlyList<IncidentState> known = [];
            for (var times = 0; ; times++)
            {
                TimeSpan? after = times < MostKillsOfOneHeal && killed < kills ? random.NextDouble() * undisturbed.Took : null;
                end = await new KintsugiCommand(GoOn(folder, known)) { KillAfter = after }.RunAsync(cancellationToken);
                if (end.ExitStatus != 137) break;
                killed++;
                var now = folder.Incidents();
                where[LastOf(now)] = where.GetValueOrDefault(LastOf(now)) + 1;
                problems.AddRange(Lost(known, now).Select(p => $"heal {heals}, kill {times + 1}: {p}"));
                if ((await folder.FixesAsync(cancellationToken)).Count > 1) problems.Add($"heal {heals}, kill {times + 1}: two branches");
                known = now;
            }
            problems.AddRange(Lost(known, folder.Incidents()).Select(p => $"heal {heals}, at the end: {p}"));
            if (await EndOfAsync(folder, end, cancellationToken) is var found && found != expected) problems.Add($"heal {heals}: ended with {found}, not {expected}. {end.Error}");
            if (await folder.UsersOwnAsync(cancellationToken) != before) problems.Add($"heal {heals}: HEAD, index, branches or work tree of the user were changed");
            told($"heal {heals}: {killed} kills so far, {problems.Count} problems");
            folder.Delete();
        }
        return new KillReport(killed, heals, undisturbed.Took, where, problems);
    }

    /// <summary>By its id where one is known, as a person would; before that by the command that opened it.</summary>
    internal static IReadOnlyList<string> GoOn(DemoFolder folder, IReadOnlyList<IncidentState> known) => known is [var incident, ..]
        ? ["incident", "resume", incident.Incident, "--dir", folder.Path, "--json"]
        : ["heal", folder.Path, "--seed", "1", "--json"];

    private static string LastOf(IReadOnlyList<IncidentState> incidents) =>
        incidents is [var incident, ..] ? IncidentEventCodec.Write(incident.Log[^1].Event).Name : "nothing yet";

    /// <summary>What an incident's log owes: every event that was there is there still, numbered from 1 without a gap.</summary>
    internal static IEnumerable<string> Lost(IReadOnlyList<IncidentState> before, IReadOnlyList<IncidentState> now)
    {
        if (now.Count > 1) yield return $"{now.Count} incidents";
        foreach (var incident in now)
        {
            if (!incident.Log.Select(e => e.Version).SequenceEqual(Enumerable.Range(1, incident.Log.Count))) yield return "the log has a gap";
        }
        foreach (var old in before)
        {
            var log = now.FirstOrDefault(i => i.Incident == old.Incident)?.Log ?? [];
            if (!log.Take(old.Log.Count).Select(Written).SequenceEqual(old.Log.Select(Written))) yield return $"events of incident {old.Incident} were lost or changed";
        }
    }

    private static (int, DateTimeOffset, string) Written(LoggedEvent logged) => (logged.Version, logged.At, IncidentEventCodec.Write(logged.Event).Body);

    /// <summary>Exit status, outcome, cause and the tree that each fix holds: equal for heals that ended alike.</summary>
    internal static async Task<string> EndOfAsync(DemoFolder folder, CommandEnd end, CancellationToken cancellationToken)
    {
        var incidents = folder.Incidents();
        var outcome = incidents is [var incident] && incident.Outcome is { } o ? $"{Words.Snake(o)}, {(incident.Diagnosed is { } d ? Words.Snake(d.Diagnosis.Cause) : "no cause")}" : $"{incidents.Count} incidents, not ended";
        var trees = (await KintsugiCommand.HostAsync("git", ["-C", folder.Path, "for-each-ref", "--format=%(refname:short) %(tree)", "refs/heads/kintsugi"], cancellationToken)).Trim();
        return $"exit {end.ExitStatus}, {outcome}, [{trees}]";
    }

    private static string Table(KillReport report, string scenario, int seed)
    {
        var table = new StringBuilder();
        table.AppendLine("# Heals that were killed").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"`kill -9` of the command at {report.Kills} moments of {report.Heals} heals of the scenario `{scenario}` (seed {seed}: uniform over the {report.Undisturbed.TotalSeconds:0.0} s of a heal that nobody disturbs, at most {MostKillsOfOneHeal} a heal), each taken up again with `incident resume`, or `heal` where no incident was on disk yet.");
        table.AppendLine("Held after every kill: one incident, its log 1 … n and all that was in it, never two branches. Held at the end: outcome, cause and the tree of the fix as undisturbed; HEAD, index, branches and work tree of the user as before.").AppendLine();
        AppendKills(table, "last event on disk", report.Where, report.Kills, report.Problems);
        return table.ToString();
    }

    /// <summary>Where the kills fell, and what was broken by them.</summary>
    internal static void AppendKills(StringBuilder table, string where, IReadOnlyDictionary<string, int> counts, int kills, IReadOnlyList<string> problems)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"| {where} | kills |").AppendLine("|---|---:|");
        foreach (var (name, count) in counts.OrderByDescending(w => w.Value)) table.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {count} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| **all** | {kills} |").AppendLine();
        table.AppendLine(problems.Count == 0 ? "Promises broken: none." : $"Promises broken: {problems.Count}");
        foreach (var problem in problems) table.AppendLine(CultureInfo.InvariantCulture, $"- {problem.ReplaceLineEndings(" ")}");
    }
}
