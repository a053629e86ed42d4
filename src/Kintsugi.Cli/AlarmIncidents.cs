using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Alarms;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;
using Kintsugi.Models.Cassettes;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Cli;

/// <summary>Makes an incident of what production shows, and proposes the cases that would have caught it.</summary>
/// <param name="directory">The agent's.</param>
/// <param name="told">Told once of each alarm.</param>
internal sealed class AlarmIncidents(string directory, ISpanStore spans, Action<string> told)
{
    private const int TracesNamed = 5;
    private const int TracesRead = 50; // of each error, for cases
    private const int MostCases = 5;

    /// <summary>Does nothing for a version that has alarmed before.</summary>
    /// <exception cref="Verbs.UsageException">No version is blessed, so there is nothing to hold this one against.</exception>
    public async Task RaiseAsync(string service, ProductionAlarm alarm, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, "HEAD", false, CassetteMode.Replay, cancellationToken);
        var log = new IncidentLog(workspace.Database, workspace.Clock);
        if (log.HasAlarmed(workspace.Agent.Name, service, alarm.Version)) return;

        var commit = await DeployedVersion.CommitAsync(workspace.Git, alarm.Version, cancellationToken);
        var (errors, traces) = await ShownAsync(service, alarm, cancellationToken);
        var cases = (await ProposedCases.AddAsync(workspace, traces, MostCases, workspace.Seed, cancellationToken)).Samples.Count;
        var view = new AlarmView(service, alarm.Version, commit?.Id, alarm.Deployed, alarm.Until, alarm.Rule, alarm.PValue, errors, cases);
        var opened = await HealSession.OpeningAsync(workspace, commit ?? workspace.Head, cancellationToken);
        if (log.Raise(HealSession.Fingerprint(opened), opened, new Alarmed(view)) is not { } incident) return;
        if (commit is not null) await workspace.NoteVersionAsync(commit, SeenBy.Alarm, null, [], incident, cancellationToken);
        told($"ALARM  {view.Statement()}\n       incident {incident}{(cases > 0 ? $"; {cases} {(cases == 1 ? "case" : "cases")} proposed: kintsugi dataset review" : "")}. {await NextAsync(workspace.Git, IncidentState.Fold(incident, log.Read(incident)), view, cancellationToken)}");
        if (workspace.Notifier() is { } notifier) await notifier.TellAsync(incident, cancellationToken);
    }

    /// <summary>An incident that was open already may look at another version, or have found its fix.</summary>
    private static async Task<string> NextAsync(GitRepository git, IncidentState state, AlarmView alarm, CancellationToken cancellationToken) => state switch
    {
        _ when alarm.Commit is { } commit && await HealSession.IsOlderAsync(git, commit, state.Head.Id, cancellationToken) => $"It looks at a version that came after this one: kintsugi incident show {state.Incident}",
        _ when alarm.Commit is { } commit && commit != state.Head.Id => $"It looks at another version; have it look at this one: kintsugi heal --head {commit[..10]}",
        { Proposed: { } proposed } => $"A fix waits there on branch {proposed.Proposal.Branch}: kintsugi incident show {state.Incident}",
        _ => $"Look into it: kintsugi incident resume {state.Incident}",
    };

    private async Task<(IReadOnlyList<AlarmedError> Errors, IReadOnlyList<Trace> Traces)> ShownAsync(string service, ProductionAlarm alarm, CancellationToken cancellationToken)
    {
        List<AlarmedError> errors = [];
        List<Trace> traces = [];
        foreach (var risen in alarm.Risen)
        {
            var found = await spans.FindAsync(
                new SpanQuery(TraceSources.Ns(alarm.Deployed), Service: service, Version: alarm.Version, Signature: risen.Signature, Limit: TracesRead), cancellationToken);
            var says = risen.Signature == HourCounts.Novel ? "errors never seen before" : "";
            List<string> ids = [];
            foreach (var failed in found.DistinctBy(s => s.Trace))
            {
                if (await spans.ReadAsync(failed.Trace, cancellationToken) is not { } stored) continue;
                var trace = SpanBodies.Read(stored);
                if (says.Length == 0) says = Says(trace, failed.Id);
                ids.Add(trace.Id);
                traces.Add(trace);
            }
            errors.Add(new AlarmedError(risen.Signature, says, risen.Count, risen.Requests, risen.UsualCount, risen.UsualRequests, [.. ids.Take(TracesNamed)]));
        }
        return (errors, [.. traces.DistinctBy(t => t.Id)]);
    }

    private static string Says(Trace trace, SpanId failed)
    {
        if ((trace.Operations.FirstOrDefault(o => o.Id == failed.ToString() && o.Error is not null) ?? trace.Failure) is not { Error: { } error } operation) return "";
        var where = operation is ToolOperation tool ? tool.Tool : error.Type;
        var what = CanonicalError.Of(error.Message);
        return what.StartsWith(where, StringComparison.Ordinal) ? what : what.Length == 0 ? where : $"{where}: {what}";
    }
}
