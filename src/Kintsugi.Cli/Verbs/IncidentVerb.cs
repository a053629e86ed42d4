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

    private static Command List()
    {
        var directory = Edge.AgentDirectory();
        var json = Edge.Json();
        return new Command("list", "Lists incidents, newest first.") { directory, json }.Does(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, cancellationToken);
            var rows = new IncidentLog(workspace.Database, workspace.Clock).List();
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(rows, HealDocument.Json));
            else if (rows.Count == 0) Console.Out.WriteLine("No incidents. `kintsugi heal` opens one.");
            else foreach (var row in rows) Console.Out.WriteLine($"{row.Id,-16} {row.OpenedAt:yyyy-MM-dd HH:mm} {row.Outcome ?? "open",-12} {Text.Plain(row.Agent, 60)}");
            return ExitStatus.Ok;
        });
    }

    private static Command Show()
    {
        var incident = Id();
        var directory = Directory();
        var json = Edge.Json();
        return new Command("show", "Shows one incident: what happened, what was found, what it cost.") { incident, directory, json }.Does(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, cancellationToken);
            var state = Read(workspace, parsed.GetValue(incident)!);
            var report = Path.Combine(workspace.ReportDirectory(state.Incident), "report.html");
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(HealDocument.From(state, File.Exists(report) ? report : null).Write());
                return ExitStatus.Ok;
            }
            var screen = new HealScreen(Console.Out, quiet: false);
            foreach (var logged in state.Log) screen.Report(logged);
            screen.Finish(state, File.Exists(report) ? report : "not written yet");
            return ExitStatus.Ok;
        });
    }

    private static Command Resume()
    {
        var incident = Id();
        var directory = Directory();
        var gate = new Option<bool>("--gate") { Description = "Exit with 1 when a fix is proposed." };
        var json = Edge.Json();
        var unsandboxed = Edge.AllowUnsandboxed();
        return new Command("resume", "Goes on with an incident where its log ends.") { incident, directory, gate, json, unsandboxed }.Does(async (parsed, cancellationToken) =>
        {
            var state = await PeekAsync(parsed.GetValue(directory)!, parsed.GetValue(incident)!, cancellationToken);
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, state.Opened.Head.Id, parsed.GetValue(unsandboxed), cancellationToken);
            var screen = new HealScreen(Console.Error, quiet: parsed.GetValue(json));
            var session = await HealSession.ResumeAsync(workspace, state, screen, cancellationToken);
            return await HealVerb.FinishAsync(await session.DriveAsync(null, cancellationToken), session, screen, parsed.GetValue(json), parsed.GetValue(gate), cancellationToken);
        });
    }

    private static Command Cancel()
    {
        var incident = Id();
        var directory = Directory();
        return new Command("cancel", "Closes an incident without doing more about it. Branches that it made stay.") { incident, directory }.Does(async (parsed, cancellationToken) =>
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
