using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;

namespace Kintsugi.Cli.Verbs;

/// <summary>Reads and drives the incident log.</summary>
internal static class IncidentVerb
{
    public static Command Command() => new("incident", "Reads and drives the log of incidents.") { List(), Show(), Resume(), Cancel() };

    private static Verb List()
    {
        var directory = Edge.AgentDirectory();
        var json = Edge.Json();
        return new Verb("list", "Lists incidents, newest first.")
        {
            Arguments = { directory },
            Options = { json },
            Examples =
            [
                ("kintsugi incident list", "all incidents of this agent's database"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, cancellationToken);
            var rows = new IncidentLog(workspace.Database, workspace.Clock).List();
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(rows, HealDocument.Json));
            else if (rows.Count == 0) Console.Out.WriteLine("No incidents. `kintsugi heal` opens one.");
            else foreach (var row in rows) Console.Out.WriteLine($"{row.Id,-16} {row.OpenedAt:yyyy-MM-dd HH:mm} {row.Outcome ?? "open",-12} {Text.Plain(row.Agent, 60)}");
            return ExitStatus.Ok;
        });
    }

    private static Verb Show()
    {
        var incident = Id();
        var directory = Edge.DirectoryOption();
        var json = Edge.Json();
        return new Verb("show", "Shows one incident: what happened, what was found, what it cost.")
        {
            Arguments = { incident },
            Options = { directory, json },
            Examples =
            [
                ("kintsugi incident show 3f9c2e81", "every step, what was found and what it cost"),
                ("kintsugi incident show 3f9c2e81 --json", "the document that heal --json prints"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, cancellationToken);
            var state = Read(workspace, parsed.GetValue(incident)!);
            var report = Path.Combine(workspace.ReportDirectory(state.Incident), "report.html");
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(HealDocument.From(state, File.Exists(report) ? report : null, workspace.FailuresOf(state)).Write());
                return ExitStatus.Ok;
            }
            var screen = new HealScreen(Console.Out, quiet: false);
            foreach (var logged in state.Log) screen.Report(logged);
            screen.Finish(state, File.Exists(report) ? report : "not written yet");
            return ExitStatus.Ok;
        });
    }

    private static Verb Resume()
    {
        var incident = Id();
        var directory = Edge.DirectoryOption();
        var gate = new Option<bool>("--gate") { Description = "Exit with 1 when a fix is proposed." };
        var json = Edge.Json();
        var unsandboxed = Edge.AllowUnsandboxed();
        return new Verb("resume", "Goes on with an incident where its log ends.")
        {
            Arguments = { incident },
            Options = { directory, gate, json, unsandboxed },
            Writes = "what heal writes",
            Examples =
            [
                ("kintsugi incident resume 3f9c2e81", "after a crash, a full disk, or heal --until"),
            ],
            Exits = ExitStatus.Heal,
        }.Does(async (parsed, cancellationToken) =>
        {
            var state = await PeekAsync(parsed.GetValue(directory)!, parsed.GetValue(incident)!, cancellationToken);
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, state.Head.Id, parsed.GetValue(unsandboxed), cancellationToken);
            var screen = new HealScreen(Console.Error, quiet: parsed.GetValue(json));
            var session = await HealSession.ResumeAsync(workspace, state, screen, cancellationToken);
            return await HealVerb.FinishAsync(await session.DriveAsync(null, cancellationToken), session, screen, parsed.GetValue(json), parsed.GetValue(gate), cancellationToken);
        });
    }

    private static Verb Cancel()
    {
        var incident = Id();
        var directory = Edge.DirectoryOption();
        return new Verb("cancel", "Closes an incident without doing more about it. Branches that it made stay.")
        {
            Arguments = { incident },
            Options = { directory },
            Writes = "the last event of the incident's log",
            Examples =
            [
                ("kintsugi incident cancel 3f9c2e81", "close it; a new heal opens another"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, cancellationToken);
            var state = Read(workspace, parsed.GetValue(incident)!);
            if (state.Closed is { } closed) throw new UsageException($"incident {state.Incident} is closed already: {Words.Snake(closed.Outcome)}.");
            new IncidentLog(workspace.Database, workspace.Clock).Append(state.Incident, state.Version + 1, new Closed(IncidentOutcome.Cancelled, "Cancelled by a person."));
            Console.Out.WriteLine($"Incident {state.Incident} is cancelled.");
            return ExitStatus.Ok;
        });
    }

    private static Argument<string> Id() => new("INCIDENT") { Description = "Its id, as `incident list` shows it." };

    private static Option<string> Directory() => new("--dir") { Description = "The agent's directory.", DefaultValueFactory = _ => "." };

    private static async Task<IncidentState> PeekAsync(string directory, string incident, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, "HEAD", false, cancellationToken);
        return Read(workspace, incident);
    }

    private static IncidentState Read(Workspace workspace, string incident) =>
        IncidentState.Fold(incident, new IncidentLog(workspace.Database, workspace.Clock).Read(incident));
}
