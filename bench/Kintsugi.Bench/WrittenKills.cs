using System.Globalization;
using System.Text;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Bench;

/// <summary>What kills have done to one written path.</summary>
/// <param name="End">Of the heal that nobody disturbed.</param>
/// <param name="Events">In its log.</param>
/// <param name="Killed">Kills right after an event.</param>
/// <param name="Questions">That its model was asked.</param>
/// <param name="KilledAtQuestions">Kills at a question, before its answer.</param>
/// <param name="Problems">Promises that were not kept; must be empty.</param>
public sealed record WrittenKillReport(string Path, string End, int Events, int Killed, int Questions, int KilledAtQuestions, IReadOnlyList<string> Problems);

/// <summary>Kills heals after every event that is on disk, and at every question that a model is asked, and takes them up again.</summary>
/// <remarks>No moment is chosen by a clock: after an event the process kills itself before its next step, and at a question it is killed in place of the answer.</remarks>
public static class WrittenKills
{
    /// <param name="next">How many events to let pass before the next kill; 1 kills after each.</param>
    public static async Task<WrittenKillReport> DrillAsync(WrittenPath path, Func<int> next, bool atQuestions, Action<string> told, CancellationToken cancellationToken)
    {
        using var ground = new DrillGround();
        await using var writer = path.Script is { } script ? await ScriptedWriter.StartAsync(script, cancellationToken) : null;
        var made = await path.MakeAsync(ground.Place("made"), writer?.Url, cancellationToken);
        List<string> problems = [];

        var calm = await made.CopyAsync(ground.Place("calm"), cancellationToken);
        var undisturbed = await calm.Heal(1).RunAsync(cancellationToken);
        var expected = await EndOfAsync(calm, undisturbed, cancellationToken);
        var (events, questions) = (calm.Incidents().Sum(i => i.Log.Count), writer?.Questions ?? 0);
        if (!Way(calm).StartsWith(path.Expected, StringComparison.Ordinal)) problems.Add($"undisturbed it went another way: {Way(calm)}. {undisturbed.Error}");

        var run = new Drill(path, made, expected, problems, cancellationToken);
        writer?.Reset();
        var afterEvents = await run.GoAsync(ground.Place("events"), arguments => KilledCommand.After(next(), arguments));
        if (writer is not null && writer.Questions != questions) problems.Add($"killed after events, its model was asked {writer.Questions} times, not {questions}");
        writer?.Reset();
        var inQuestions = writer is null || !atQuestions ? 0 : await run.GoAsync(ground.Place("questions"), arguments => At(writer, arguments));
        told($"{path.Name}: {afterEvents} kills after {events} events, {inQuestions} at {questions} questions, {problems.Count} problems");
        return new WrittenKillReport(path.Name, path.Expected, events, afterEvents, questions, inQuestions, problems);
    }

    public static string Table(IReadOnlyList<WrittenKillReport> reports)
    {
        var table = new StringBuilder("\n# Heals that were killed after every event\n\n");
        table.AppendLine("`kill -9` right after each event but the opening, before the next step, of one heal a path; and at each question to the scripted model, in place of its first answer. Each taken up again as above.");
        table.AppendLine("Held after every kill: as above. Held at the end: exit status, outcome, every attempt, the names of all events in order and the tree of the fix as undisturbed; after kills at events the model was not asked anything twice.").AppendLine();
        table.AppendLine("| path | ends as | events | kills after events | questions | kills at questions | promises broken |").AppendLine("|---|---|---:|---:|---:|---:|---:|");
        foreach (var r in reports)
            table.AppendLine(CultureInfo.InvariantCulture, $"| {r.Path} | {r.End} | {r.Events} | {r.Killed} | {r.Questions} | {r.KilledAtQuestions} | {r.Problems.Count} |");
        foreach (var problem in reports.SelectMany(r => r.Problems.Select(p => $"{r.Path}: {p}"))) table.AppendLine().Append("- ").Append(problem.ReplaceLineEndings(" "));
        return table.ToString();
    }

    /// <summary>The command, killed at the first question that was not asked before.</summary>
    private static KintsugiCommand At(ScriptedWriter writer, IReadOnlyList<string> arguments) => new(arguments) { OnStart = process => writer.InPlaceOfTheFirst = process.Kill };

    /// <summary>The outcome, and each attempt.</summary>
    private static string Way(DemoFolder folder) => string.Join("; ", folder.Incidents().Select(i =>
        string.Join(", ", [i.Outcome is { } o ? Words.Snake(o) : "open", .. i.Attempts.Select(a => $"{a.Attempt.Strategy} {(a.Attempt.Passed ? "yes" : "no")}")])));

    private static async Task<string> EndOfAsync(DemoFolder folder, CommandEnd end, CancellationToken cancellationToken)
    {
        var log = folder.Incidents().SelectMany(i => i.Log.Select(e => IncidentEventCodec.Write(e.Event).Name));
        return $"{await KillBench.EndOfAsync(folder, end, cancellationToken)}, {Way(folder)}, {string.Join(' ', log)}";
    }

    /// <summary>One heal, killed and taken up again until it ends.</summary>
    private sealed class Drill(WrittenPath path, DemoFolder made, string expected, List<string> problems, CancellationToken cancellationToken)
    {
        private const int MostKills = 100;

        /// <returns>How often it was killed.</returns>
        public async Task<int> GoAsync(string place, Func<IReadOnlyList<string>, KintsugiCommand> command)
        {
            var folder = await made.CopyAsync(place, cancellationToken);
            var before = await folder.UsersOwnAsync(cancellationToken);
            IReadOnlyList<IncidentState> known = [];
            for (var kills = 0; ; kills++)
            {
                var end = await command(KillBench.GoOn(folder, known)).RunAsync(cancellationToken);
                var now = folder.Incidents();
                problems.AddRange(KillBench.Lost(known, now).Select(p => $"kill {kills + 1}: {p}"));
                if ((await folder.FixesAsync(cancellationToken)).Count > 1) problems.Add($"kill {kills + 1}: two branches");
                known = now;
                if (end.ExitStatus == 137 && kills < MostKills) continue;
                if (await EndOfAsync(folder, end, cancellationToken) is var found && found != expected) problems.Add($"{path.Name} ended with {found}, not {expected}. {end.Error}");
                if (await folder.UsersOwnAsync(cancellationToken) != before) problems.Add("HEAD, index, branches or work tree of the user were changed");
                folder.Delete();
                return kills;
            }
        }
    }
}
