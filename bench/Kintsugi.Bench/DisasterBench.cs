using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;

namespace Kintsugi.Bench;

/// <summary>A way in which the world around a heal breaks.</summary>
public enum DisasterKind
{
    /// <summary>The file system of the repository, its log and its database has no byte left.</summary>
    FullDisk = 0,

    /// <summary>The program that makes sandboxes fails from now on, and those that run are killed.</summary>
    LostSandbox = 1,

    /// <summary>The sandboxes that run are killed once.</summary>
    KilledSandboxes = 2,

    /// <summary>The command is killed and its database deleted.</summary>
    DeletedDatabase = 3,
}

/// <summary>One disaster at one step.</summary>
/// <param name="After">Events that were told when it struck.</param>
/// <param name="Error">The last line on standard error.</param>
/// <param name="Problem">The promise that was not kept; null when all were.</param>
public sealed record Disaster(DisasterKind Kind, int After, string Step, int ExitStatus, string Error, string? Problem);

/// <summary>Breaks the world at each step of a heal: it must be told from a broken agent, and the heal must go on once the world is whole.</summary>
public static class DisasterBench
{
    private const int World = 4;

    public static async Task<int> RunAsync(int every, string? file, CancellationToken cancellationToken)
    {
        var disasters = await DrillAsync(Enum.GetValues<DisasterKind>(), (_, step) => step % every == 0, Console.Error.WriteLine, cancellationToken);
        var table = Table(disasters);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table, cancellationToken);
        return disasters.All(d => d.Problem is null) ? 0 : 1;
    }

    /// <param name="strikes">Whether to strike so after that many events have been told.</param>
    public static async Task<IReadOnlyList<Disaster>> DrillAsync(
        IReadOnlyList<DisasterKind> kinds, Func<DisasterKind, int, bool> strikes, Action<string> told, CancellationToken cancellationToken)
    {
        using var ground = new DrillGround();
        var made = await DemoFolder.MakeAsync(ground.Place("made"), "prompt", 1, cancellationToken);
        var calm = await made.CopyAsync(ground.Place("calm"), cancellationToken);
        List<string> steps = [];
        var heal = calm.Heal(1);
        heal.OnLine = (line, _) => steps.Add(Step(line));
        await heal.RunAsync(cancellationToken);
        var tree = await TreeOfFixAsync(calm, cancellationToken);

        List<Disaster> disasters = [];
        foreach (var kind in kinds)
        {
            foreach (var after in Enumerable.Range(1, steps.Count).Where(step => strikes(kind, step)))
            {
                await using var place = await DisasterPlace.MakeAsync(kind, made, ground.Place($"{kind}-{after}"), cancellationToken);
                var disaster = await StrikeAsync(place, after, tree, cancellationToken);
                disasters.Add(disaster);
                told($"{kind,-16} after {after,2} ({disaster.Step}): exit {disaster.ExitStatus}, {disaster.Problem ?? "kept"}: {disaster.Error}");
            }
        }
        return disasters;
    }

    private static async Task<Disaster> StrikeAsync(DisasterPlace place, int after, string tree, CancellationToken cancellationToken)
    {
        var before = await place.Folder.UsersOwnAsync(cancellationToken);
        var told = 0;
        var step = "";
        var heal = place.Heal();
        heal.OnLine = (line, process) =>
        {
            if (++told != after) return;
            step = Step(line);
            place.Strike(process);
        };
        var end = await heal.RunAsync(cancellationToken);
        var error = end.Error.TrimEnd().Split('\n')[^1];
        place.Mend();

        var incident = place.Folder.Incidents() is [var open] ? open.Incident : null;
        var again = await (incident is null
            ? place.Folder.Heal(1)
            : new KintsugiCommand("incident", "resume", incident, "--dir", place.Folder.Path, "--json")).RunAsync(cancellationToken);
        var problem = Struck(place.Kind, end, error) ?? await EndedAsync(place.Folder, again, before, tree, cancellationToken);
        return new Disaster(place.Kind, after, step, end.ExitStatus, error, problem);
    }

    /// <summary>What the command owes while the world is broken: the world's exit status and one clear line, or a right end where nothing more was needed of the world.</summary>
    private static string? Struck(DisasterKind kind, CommandEnd end, string error) => (kind, end.ExitStatus) switch
    {
        (DisasterKind.DeletedDatabase, 137) => null,
        (DisasterKind.DeletedDatabase, var status) => $"was to be killed, and ended with {status}",
        (_, 0) => end.Document.GetProperty("outcome").GetString() == "proposed" ? null : $"ended with {end.Document.GetProperty("outcome")}",
        (_, World) => error.StartsWith("kintsugi: ", StringComparison.Ordinal) ? null : "its last words are no clear error",
        (_, var status) => $"exit status {status}, not {World}",
    };

    /// <summary>What it owes once the world is whole.</summary>
    private static async Task<string?> EndedAsync(DemoFolder folder, CommandEnd end, string before, string tree, CancellationToken cancellationToken)
    {
        if (folder.Incidents() is not [{ Outcome: IncidentOutcome.Proposed } incident])
            return $"afterwards: exit {end.ExitStatus}, {string.Join(", ", folder.Incidents().Select(i => i.Outcome?.ToString() ?? "not ended"))}: {end.Error.TrimEnd().Split('\n')[^1]}";
        if (end.ExitStatus != 0) return $"afterwards exit {end.ExitStatus}: {end.Error.TrimEnd().Split('\n')[^1]}";
        if (incident.Log.Select(e => e.Version).SequenceEqual(Enumerable.Range(1, incident.Log.Count)) is false) return "the log has a gap";
        if ((await folder.FixesAsync(cancellationToken)).Count != 1) return "not exactly one branch";
        if (await TreeOfFixAsync(folder, cancellationToken) != tree) return "another fix than without the disaster";
        return await folder.UsersOwnAsync(cancellationToken) == before ? null : "HEAD, index, branches or work tree of the user were changed";
    }

    private static async Task<string> TreeOfFixAsync(DemoFolder folder, CancellationToken cancellationToken) =>
        await KintsugiCommand.HostAsync("git", ["-C", folder.Path, "for-each-ref", "--format=%(refname) %(tree)", "refs/heads/kintsugi"], cancellationToken);

    /// <summary>What a line of progress says without its figures.</summary>
    private static string Step(string line) => line.Length > 33 ? $"{line[..12].Trim()}: {line[33..].Trim()}" : line.Trim();

    private static string Table(IReadOnlyList<Disaster> disasters)
    {
        var table = new StringBuilder();
        table.AppendLine("# Disasters at each step of a heal").AppendLine();
        table.AppendLine("The scenario `prompt`, seed 1. A disaster strikes when the named event has been told; then the world is made whole and the incident resumed (healed again where the database was deleted).");
        table.AppendLine("Kept: exit status 4 and one clear line while the world is broken (or a right end, where nothing more was needed of it); afterwards `proposed`, one branch with the same fix, a log without a gap, and nothing of the user's changed.").AppendLine();
        foreach (var kind in disasters.GroupBy(d => d.Kind))
        {
            table.AppendLine(CultureInfo.InvariantCulture, $"## {Words.Snake(kind.Key).Replace('_', ' ')}: {kind.Count(d => d.Problem is null)} of {kind.Count()} kept").AppendLine();
            table.AppendLine("| after event | | exit status | says | kept |").AppendLine("|---:|---|---:|---|---|");
            foreach (var d in kind) table.AppendLine(CultureInfo.InvariantCulture, $"| {d.After} | {d.Step} | {d.ExitStatus} | {Cell(d)} | {d.Problem ?? "yes"} |");
            table.AppendLine();
        }
        return table.ToString();
    }

    private static string Cell(Disaster disaster) =>
        disaster.ExitStatus != World ? "" : disaster.Error.Length <= 200 ? disaster.Error : disaster.Error[..200] + " …";
}

/// <summary>A copy of a demo in a world that can be broken and made whole.</summary>
public sealed class DisasterPlace : IAsyncDisposable
{
    private const string Bubblewrap = "/usr/bin/bwrap";

    private readonly bool _mounted;

    private DisasterPlace(DisasterKind kind, DemoFolder folder, bool mounted) => (Kind, Folder, _mounted) = (kind, folder, mounted);

    public DisasterKind Kind { get; }

    public DemoFolder Folder { get; }

    private string Filler => Path.Combine(Folder.Path, ".kintsugi", "work", "filler");

    public static async Task<DisasterPlace> MakeAsync(DisasterKind kind, DemoFolder made, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        if (kind == DisasterKind.FullDisk) await KintsugiCommand.HostAsync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", path], cancellationToken);
        return new DisasterPlace(kind, await made.CopyAsync(path, cancellationToken), kind == DisasterKind.FullDisk);
    }

    public KintsugiCommand Heal() => Kind == DisasterKind.LostSandbox ? Folder.Heal(1).WithOwnMounts() : Folder.Heal(1);

    public void Strike(Process command)
    {
        switch (Kind)
        {
            case DisasterKind.FullDisk:
                Fill();
                break;
            case DisasterKind.LostSandbox:
                Run("nsenter", "--target", Id(command), "--mount", "mount", "--bind", "/bin/false", Bubblewrap);
                KillSandboxes(command);
                break;
            case DisasterKind.KilledSandboxes:
                KillSandboxes(command);
                break;
            default:
                command.Kill();
                break;
        }
    }

    /// <summary>Takes the cause away. Mounts of a command's own went with it.</summary>
    public void Mend()
    {
        if (Kind == DisasterKind.FullDisk) File.Delete(Filler);
        if (Kind != DisasterKind.DeletedDatabase) return;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder.Path, ".kintsugi"), "kintsugi.db*")) File.Delete(file);
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted) await KintsugiCommand.HostAsync("umount", ["--lazy", Folder.Path], CancellationToken.None);
        Folder.Delete();
    }

    private void Fill()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Filler)!);
        using var filler = new FileStream(Filler, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 });
        for (var size = 1 << 20; size > 0;)
        {
            try
            {
                filler.Write(new byte[size]);
            }
            catch (IOException)
            {
                size /= 2; // full for a piece of this size
            }
        }
    }

    private static void KillSandboxes(Process command)
    {
        foreach (var id in Descendants(command.Id).Where(IsSandbox)) Run("kill", "-KILL", Text(id));
    }

    private static bool IsSandbox(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{Text(id)}/comm").Trim() == "bwrap";
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    }

    private static IEnumerable<int> Descendants(int id)
    {
        foreach (var task in Directory.Exists($"/proc/{Text(id)}/task") ? Directory.GetDirectories($"/proc/{Text(id)}/task") : [])
        {
            string children;
            try
            {
                children = File.ReadAllText(Path.Combine(task, "children"));
            }
            catch (IOException)
            {
                continue; // it has ended
            }
            foreach (var child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => int.Parse(c, CultureInfo.InvariantCulture)))
            {
                yield return child;
                foreach (var further in Descendants(child)) yield return further;
            }
        }
    }

    private static void Run(string program, params IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
    }

    private static string Id(Process process) => Text(process.Id);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
