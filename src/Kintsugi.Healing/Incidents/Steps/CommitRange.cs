using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The steps of history from base to head.</summary>
internal static class CommitRange
{
    /// <summary>Files outside the agent's directory that git is asked for by name; beyond, all commits are steps.</summary>
    private const int MostNamed = 500;

    /// <summary>Base, then the commits along head's first parents that have base in their history and touch what differs, oldest first.</summary>
    /// <returns>Base alone where head does not descend from it, or where a shallow clone does not say.</returns>
    /// <remarks>What came before base was merged into head's line was never good or bad by comparison with base, so it is no step: all of it arrives
    /// with that merge.</remarks>
    public static async Task<IReadOnlyList<Commit>> ReadAsync(HealContext context, CancellationToken cancellationToken)
    {
        var (git, from, head) = (context.Git, context.Base, context.Head.Id);
        var line = await git.FirstParentAsync(from.Id, head, [], cancellationToken);
        var (first, end) = (0, line.Count);
        while (first < end)
        {
            var middle = (first + end) / 2;
            if (await git.IsAncestorAsync(from.Id, line[middle].Id, cancellationToken)) end = middle;
            else first = middle + 1;
        }
        if (first == line.Count) return [from];

        var paths = await PathsAsync(context, cancellationToken);
        return line[first].Parents[0] == from.Id
            ? [from, .. await git.FirstParentAsync(from.Id, head, paths, cancellationToken)]
            : [from, line[first], .. await git.FirstParentAsync(line[first].Id, head, paths, cancellationToken)];
    }

    /// <summary>The agent's directory and the files beside it that differ; none for all of the repository.</summary>
    private static async Task<IReadOnlyList<string>> PathsAsync(HealContext context, CancellationToken cancellationToken)
    {
        if (context.AgentPath.Length == 0) return [];
        var diff = await NetDiffs.ReadAsync(context, cancellationToken);
        List<string> beside =
        [
            .. diff.Changes.SelectMany(c => new[] { c.Old?.Path, c.New?.Path }).OfType<string>().Distinct()
                .Where(path => !path.StartsWith(context.AgentPath + "/", StringComparison.Ordinal)),
        ];
        return beside.Count > MostNamed ? [] : [context.AgentPath, .. beside];
    }
}
