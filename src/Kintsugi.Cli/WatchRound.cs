using System.Runtime.ExceptionServices;
using Kintsugi.Cli.Output;
using Kintsugi.Healing.Incidents;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Cli;

/// <summary>One look at an agent's repository: what became of its pull requests, and whether the version that is checked out was healed yet.</summary>
/// <param name="directory">The agent's.</param>
internal sealed class WatchRound(string directory, bool allowUnsandboxed, HealScreen screen)
{
    /// <summary>Goes on with every conversation, then heals the version that is checked out unless that was done.</summary>
    /// <param name="heals">Else only conversations are gone on with.</param>
    /// <returns>The incidents that were taken further.</returns>
    public async Task<IReadOnlyList<IncidentState>> RunAsync(bool heals, CancellationToken cancellationToken)
    {
        List<IncidentState> states = [];
        var reviews = new ReviewSession(directory, allowUnsandboxed, screen);
        ExceptionDispatchInfo? failed = null;
        foreach (var incident in await AskAsync(w => Task.FromResult(ReviewSession.Conversing(w)), cancellationToken))
        {
            try
            {
                states.Add(await reviews.RoundAsync(incident, cancellationToken));
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                failed ??= ExceptionDispatchInfo.Capture(e); // one conversation that cannot go on holds up no other, and no healing; it is told at the end
            }
        }
        if (heals && await AskAsync(w => IsNewAsync(w, cancellationToken), cancellationToken)) states.Add(await HealAsync(reviews, cancellationToken)); // a merged commit was looked at by its round
        failed?.Throw();
        return states;
    }

    private async Task<T> AskAsync<T>(Func<Workspace, Task<T>> what, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, "HEAD", allowUnsandboxed, CassetteMode.Replay, cancellationToken);
        return await what(workspace);
    }

    /// <summary>What was proposed before, by a process whose database is gone, may have been answered since.</summary>
    private async Task<IncidentState> HealAsync(ReviewSession reviews, CancellationToken cancellationToken)
    {
        var healed = await HealAsync(cancellationToken);
        return healed.Converses ? await reviews.RoundAsync(healed.Incident, cancellationToken) : healed;
    }

    private async Task<IncidentState> HealAsync(CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, "HEAD", allowUnsandboxed, cancellationToken);
        var session = await HealSession.OpenAsync(workspace, null, workspace.Seed, null, screen, cancellationToken);
        var state = await session.DriveAsync(null, cancellationToken);
        await session.WriteReportAsync(state, cancellationToken);
        return state;
    }

    /// <summary>Whether no incident has looked at this version against the version that is blessed, to its end.</summary>
    private static async Task<bool> IsNewAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        if (workspace.ReadBaseline() is not { } blessed) return false;
        var manifest = await workspace.ManifestAsync(workspace.Head, cancellationToken);
        return !new IncidentLog(workspace.Database, workspace.Clock).HasLookedAt(workspace.Agent.Name, blessed.Commit, manifest);
    }
}
