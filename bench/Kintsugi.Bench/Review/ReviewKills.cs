using System.Globalization;
using System.Text;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;
using Kintsugi.Tests.Forge;

namespace Kintsugi.Bench;

/// <summary>What kills and failing requests did between fix and merged.</summary>
/// <param name="Where">Kills by phase.</param>
/// <param name="Faults">Requests that failed, before or after their effect.</param>
/// <param name="DatabasesLost">How often the database was deleted in between.</param>
/// <param name="Beside">How often two jobs ran at once, each with a database of its own.</param>
/// <param name="Problems">Promises that were not kept; must be empty.</param>
public sealed record ReviewKillReport(
    int Kills, int Reviews, IReadOnlyDictionary<string, int> Where, int Requests, int Faults, int DatabasesLost, int Beside, IReadOnlyList<string> Problems);

/// <summary>Kills at random moments whatever puts a fix before people and goes on with the conversation, while the forge fails: there is one of everything all the same.</summary>
public static class ReviewKills
{
    private const int MostKillsOfOnePhase = 4;
    private const double OftenFails = 0.15; // of requests, each way of failing alike
    private const double OftenLost = 0.15;
    private const double OftenBeside = 0.25;

    private static readonly Fault[] Failing = [Fault.DiesBefore, Fault.DiesAfter, Fault.FailsBefore, Fault.FailsAfter];

    public static async Task<int> RunAsync(int kills, int seed, string? file, CancellationToken cancellationToken)
    {
        var report = await DrillAsync(kills, seed, Console.Error.WriteLine, cancellationToken);
        var table = Table(report, seed);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table, cancellationToken);
        return report.Problems.Count == 0 ? 0 : 1;
    }

    /// <param name="kills">At least this many; the last review is brought to its end.</param>
    /// <param name="seed">Chooses moments and failures; how far a command has come by then is the machine's.</param>
    public static async Task<ReviewKillReport> DrillAsync(int kills, int seed, Action<string> told, CancellationToken cancellationToken)
    {
        using var place = new DrillGround();
        var broken = await ReviewGround.MakeAsync(place.Place("broken"), "prompt", cancellationToken);
        DemoFolder mended;
        await using (var first = await ReviewGround.OpenAsync(broken, place.Place("mended"), cancellationToken))
        {
            await first.Command("heal", first.Folder.Path, "--seed", "1", "--until", "repair").RunAsync(cancellationToken);
            mended = first.Folder;
        }
        var drill = new Drill(place, mended, new Random(seed), kills, told);
        while (drill.Kills < kills) await drill.ReviewAsync(cancellationToken);
        return drill.Report;
    }

    /// <summary>Reviews one after the other, and what is counted over them.</summary>
    private sealed class Drill(DrillGround place, DemoFolder mended, Random random, int wanted, Action<string> told)
    {
        private readonly Dictionary<string, int> _where = [];
        private readonly List<string> _problems = [];
        private readonly Lock _chance = new();
        private int _reviews;
        private int _requests;
        private int _faults;
        private int _lost;
        private int _beside;

        public int Kills { get; private set; }

        public ReviewKillReport Report => new(Kills, _reviews, _where, _requests, _faults, _lost, _beside, _problems);

        /// <summary>From the fix to the last word under its merged pull request.</summary>
        public async Task ReviewAsync(CancellationToken cancellationToken)
        {
            _reviews++;
            await using var ground = await ReviewGround.OpenAsync(mended, place.Place($"review-{_reviews}"), cancellationToken);
            await PhaseAsync("proposing", ground, ground.Heal, TimeSpan.FromSeconds(2.5), cancellationToken);
            if (ground.Forge.PullRequests is [var pull])
            {
                string[] keys =
                [
                    $"answer:comment:{ground.Forge.Say(pull.Number, ReviewGround.Maintainer, "/kintsugi explain")}",
                    $"answer:comment:{ground.Forge.Say(pull.Number, ReviewGround.Maintainer, "/kintsugi retry")}",
                ];
                ground.Forge.Say(pull.Number, "mallory", "/kintsugi ignore");
                await PhaseAsync("answering", ground, ground.Watch, TimeSpan.FromSeconds(3), cancellationToken);
                CheckAnswers(ground, keys);

                ground.Forge.Merge(pull.Number, squash: random.Next(2) == 0);
                await ground.PullAsync(cancellationToken);
                await PhaseAsync("verifying", ground, ground.Watch, TimeSpan.FromSeconds(6), cancellationToken, mayLose: false);
                CheckEnd(ground);
            }
            _requests += ground.Forge.Requests.Count;
            told($"review {_reviews}: {Kills} kills, {_faults} failed requests, {_problems.Count} problems");
            ground.Folder.Delete();
        }

        /// <summary>A command killed again and again, with requests that fail, then let alone.</summary>
        private async Task PhaseAsync(string phase, ReviewGround ground, Func<KintsugiCommand> command, TimeSpan longest, CancellationToken cancellationToken, bool mayLose = true)
        {
            ground.Forge.Faults = _ => Chance();
            for (var times = 0; times < MostKillsOfOnePhase && Kills < wanted; times++)
            {
                var killed = command();
                killed.KillAfter = random.NextDouble() * longest;
                var runs = phase == "proposing" && random.NextDouble() < OftenBeside
                    ? await BesideAsync(ground, killed, cancellationToken)
                    : [await killed.RunAsync(cancellationToken)];
                if (runs.Any(r => r.ExitStatus == 137))
                {
                    Kills++;
                    _where[phase] = _where.GetValueOrDefault(phase) + 1;
                }
                CheckOne(phase, ground);
                if (mayLose && random.NextDouble() < OftenLost)
                {
                    ground.LoseDatabase();
                    _lost++;
                }
            }
            ground.Forge.Faults = _ => Fault.None;
            if (phase != "proposing" && ground.Folder.Incidents().Count == 0) await ground.Heal().RunAsync(cancellationToken); // as the next job of CI does
            var end = await command().RunAsync(cancellationToken);
            if (end.ExitStatus != 0) _problems.Add($"review {_reviews}, {phase}: let alone it ended with {end.ExitStatus}: {end.Error}");
            CheckOne(phase, ground);
        }

        /// <summary>Another job on another machine does the same at the same time.</summary>
        private async Task<CommandEnd[]> BesideAsync(ReviewGround ground, KintsugiCommand killed, CancellationToken cancellationToken)
        {
            var other = await ground.Folder.CopyAsync(place.Place($"beside-{++_beside}"), cancellationToken);
            var runs = await Task.WhenAll(killed.RunAsync(cancellationToken), ground.Command("heal", other.Path, "--seed", "1", "--json").RunAsync(cancellationToken));
            other.Delete();
            return [runs[0]];
        }

        private Fault Chance()
        {
            lock (_chance)
            {
                if (random.NextDouble() >= OftenFails) return Fault.None;
                _faults++;
                return Failing[random.Next(Failing.Length)];
            }
        }

        private void CheckOne(string phase, ReviewGround ground)
        {
            var (pulls, branches) = (ground.Forge.PullRequests.Count, ground.Forge.Do(() => ground.Forge.Git.Branches.Keys.Count(b => b.StartsWith("kintsugi/", StringComparison.Ordinal))));
            if (pulls > 1) _problems.Add($"review {_reviews}, {phase}: {pulls} pull requests");
            if (branches > 1) _problems.Add($"review {_reviews}, {phase}: {branches} branches");
            if (ground.Forge.Issues.Count > pulls) _problems.Add($"review {_reviews}, {phase}: an issue");
        }

        private void CheckAnswers(ReviewGround ground, string[] keys)
        {
            foreach (var key in keys)
                if (Ours(ground).Count(c => c.Contains($"kintsugi:{key} ", StringComparison.Ordinal)) is var count and not 1) _problems.Add($"review {_reviews}: {count} comments for {key}");
            if (Ours(ground).Count != keys.Length) _problems.Add($"review {_reviews}: {Ours(ground).Count} comments, not {keys.Length}");
        }

        private void CheckEnd(ReviewGround ground)
        {
            var words = Ours(ground).Count(c => c.Contains("kintsugi bless", StringComparison.Ordinal));
            if (words != 1) _problems.Add($"review {_reviews}: {words} last words");
            foreach (var incident in ground.Folder.Incidents().Where(i => i.Outcome != IncidentOutcome.Healthy))
                _problems.Add($"review {_reviews}: incident {incident.Incident} ended {(incident.Outcome is { } o ? Words.Snake(o) : "open")}");
        }

        private static IReadOnlyList<string> Ours(ReviewGround ground) =>
            [.. ground.Forge.PullRequests.SelectMany(p => p.Comments).Where(c => c.User.Login is not (ReviewGround.Maintainer or "mallory")).Select(c => c.Body)];
    }

    private static string Table(ReviewKillReport report, int seed)
    {
        var table = new StringBuilder();
        table.AppendLine("# Reviews that were killed").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"`kill -9` at {report.Kills} moments of {report.Reviews} reviews of the scenario `prompt`, from the verified fix to the last word under its merged pull request (seed {seed}), against a forge in memory that is as strict as GitHub. Of {report.Requests} requests {report.Faults} failed, by a broken connection or 502, before or after their effect alike; the database was deleted {report.DatabasesLost} times; {report.Beside} times a second job proposed the same fix at the same time with a database of its own.");
        table.AppendLine("Held after every kill: at most one pull request, one branch. Held at the end of each review: one of each, one comment an order, none for a stranger's, one last word, the incident verified.").AppendLine();
        KillBench.AppendKills(table, "killed while", report.Where, report.Kills, report.Problems);
        return table.ToString();
    }
}
