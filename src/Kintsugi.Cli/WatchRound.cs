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
    /// <returns>The incidents that were taken further, and the gravest exit status of conversations that could not go on.</returns>
    public async Task<(IReadOnlyList<IncidentState> Moved, int Status)> RunAsync(bool heals, CancellationToken cancellationToken)
    {
        var reviews = new ReviewSession(directory, allowUnsandboxed, screen);
        var conversing = await AskAsync(w => Task.FromResult(ReviewSession.Conversing(w)), cancellationToken);
        var (moved, status) = await reviews.GoOnAsync(conversing, cancellationToken);
        if (!heals || !await AskAsync(w => IsNewAsync(w, cancellationToken), cancellationToken)) return (moved, status); // a merged commit was looked at by its round
        var healed = await HealAsync(cancellationToken);
        if (!healed.Converses) return ([.. moved, healed], status);
        var (further, gravest) = await reviews.GoOnAsync([healed.Incident], cancellationToken); // what was proposed before, by a process whose database is gone, may have been answered since
        return ([.. moved, .. further.Count > 0 ? further : [healed]], Math.Max(status, gravest));
    }

    private async Task<T> AskAsync<T>(Func<Workspace, Task<T>> what, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, "HEAD", allowUnsandboxed, CassetteMode.Replay, cancellationToken);
        return await what(workspace);
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
