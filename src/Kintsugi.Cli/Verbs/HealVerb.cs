using System.CommandLine;
using Kintsugi.Cli.Output;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;

namespace Kintsugi.Cli.Verbs;

/// <summary>The whole path, on commits.</summary>
internal static class HealVerb
{
    public static Command Command()
    {
        var directory = Edge.AgentDirectory();
        var from = new Option<string?>("--base") { Description = "The version that was good. Default: the blessed one." };
        var head = new Option<string>("--head") { Description = "The version to look at.", DefaultValueFactory = _ => "HEAD" };
        var until = new Option<Stage?>("--until") { Description = "Stop after this stage; the incident can be resumed." };
        var gate = new Option<bool>("--gate") { Description = "Exit with 1 when a fix is proposed: the deployed version is still bad." };
        var seed = new Option<int>("--seed") { Description = "Seed of every random choice (order of runs, samples of the confirmation).", DefaultValueFactory = _ => 1 };
        var cassette = Edge.Cassette();
        var json = Edge.Json();
        var unsandboxed = Edge.AllowUnsandboxed();
        return new Verb("heal", "Evaluates head against base; if it is worse, proves why, mends it and proposes the fix on a branch.")
        {
            Arguments = { directory },
            Options = { from, head, until, gate, seed, cassette, json, unsandboxed },
            Writes = "the incident's log in .kintsugi/kintsugi.db, its report in .kintsugi/work/reports/, and the fix as a branch kintsugi/<agent>/<fingerprint>, at a forge with a pull request where `review.to` names one; your work tree, index and HEAD stay as they are",
            Examples =
            [
                ("kintsugi heal", "is HEAD worse than the blessed version, and what mends it"),
                ("kintsugi heal --base v1.4 --head main", "two versions of your choice"),
                ("kintsugi heal --until triage", "find the cause, repair nothing"),
                ("kintsugi heal --gate --json > heal.json", "in CI; docs/heal.schema.json describes the document"),
            ],
            Exits = ExitStatus.Heal,
        }.Does(async (parsed, cancellationToken) =>
        {
            var mode = Edge.FreshCassette(parsed, cassette, "whatever it does rests on fresh draws, and replayed runs alone never act");
            await using var workspace = await Workspace.OpenAsync(
                parsed.GetValue(directory)!, parsed.GetValue(head)!, parsed.GetValue(unsandboxed), mode, cancellationToken);
            var screen = new HealScreen(Console.Error, quiet: parsed.GetValue(json));
            var last = parsed.GetValue(until);
            if (HealSession.Proposes(last) && workspace.Agent.Review.To != "local") // what was merged is known then, and what a person closed is not asked again
                await new ReviewSession(workspace.Directory, parsed.GetValue(unsandboxed), screen).GoOnAsync(ReviewSession.Conversing(workspace), cancellationToken);
            var session = await HealSession.OpenAsync(workspace, parsed.GetValue(from), parsed.GetValue(seed), last, screen, cancellationToken);
            var state = await session.DriveAsync(last, cancellationToken);
            return await FinishAsync(state, session, screen, parsed.GetValue(json), parsed.GetValue(gate), cancellationToken);
        });
    }

    /// <summary>Writes the report and the last words, and says what to answer to the shell.</summary>
    public static async Task<int> FinishAsync(IncidentState state, HealSession session, HealScreen screen, bool json, bool gate, CancellationToken cancellationToken)
    {
        var report = await session.WriteReportAsync(state, cancellationToken);
        if (json) Console.Out.WriteLine(session.Document(state, report).Write());
        else screen.Finish(state, report);
        return ExitStatus.Of(state.Outcome ?? IncidentOutcome.Stopped, gate, state.Pairs is { Confirmed: true });
    }
}
