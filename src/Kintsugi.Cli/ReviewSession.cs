using Kintsugi.Cli.Output;
using Kintsugi.Cli.Verbs;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Cli;

/// <summary>Rounds of the conversations of one agent's pull requests, in this process.</summary>
/// <param name="directory">The agent's; what its HEAD says of `review` holds.</param>
internal sealed class ReviewSession(string directory, bool allowUnsandboxed, HealScreen screen)
{
    /// <summary>Incidents whose pull request is to be read, oldest first.</summary>
    public static IReadOnlyList<string> Conversing(Workspace workspace) => new IncidentLog(workspace.Database, workspace.Clock).Conversing(workspace.Agent.Name);

    /// <summary>A round of each. One that cannot go on (its pull request vanished, the forge is down) is warned of, and holds up no other and nothing that follows.</summary>
    /// <returns>The incidents that were taken further, and the gravest exit status of the others.</returns>
    public async Task<(IReadOnlyList<IncidentState> Moved, int Status)> GoOnAsync(IEnumerable<string> incidents, CancellationToken cancellationToken)
    {
        List<IncidentState> moved = [];
        var status = ExitStatus.Ok;
        foreach (var incident in incidents)
        {
            try
            {
                moved.Add(await RoundAsync(incident, cancellationToken));
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                var (answer, words) = Edge.Answer(e);
                status = Math.Max(status, answer);
                screen.Say($"warning: incident {incident}: {words}");
            }
        }
        return (moved, status);
    }

    /// <summary>One round of one incident.</summary>
    /// <exception cref="Kintsugi.Forge.ForgeException">The forge is down.</exception>
    /// <exception cref="IncidentMovedException">Another process takes the same incident further.</exception>
    public async Task<IncidentState> RoundAsync(string incident, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, "HEAD", allowUnsandboxed, cancellationToken);
        if (await workspace.ReviewAsync(cancellationToken) is not { } place)
            throw new UsageException("the pull request of this incident is at a forge, and kintsugi.yaml no longer says which: `review: { to: … }`.");
        var runner = new ReviewRunner(
            new IncidentLog(workspace.Database, workspace.Clock), place, VisitAsync, DriveAsync, state => IncidentReports.From(state, workspace.FailuresOf(state)), screen);
        var state = await runner.RoundAsync(incident, cancellationToken);
        if (workspace.Notifier() is { } notifier) await notifier.TellAsync(incident, cancellationToken);
        return state;
    }

    private async Task<Revisited> VisitAsync(IncidentState state, string? commit, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, commit ?? state.Head.Id, allowUnsandboxed, cancellationToken);
        return await HealSession.VisitAsync(workspace, state.TargetBranch, cancellationToken);
    }

    private async Task<IncidentState> DriveAsync(IncidentState state, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, state.Head.Id, allowUnsandboxed, cancellationToken);
        var session = await HealSession.ResumeAsync(workspace, state, screen, cancellationToken);
        var driven = await session.DriveAsync(null, cancellationToken);
        await session.WriteReportAsync(driven, cancellationToken);
        return driven;
    }
}
