using System.Collections.Concurrent;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Versions laid out on disk, each tree once: a tree's id names its content, so an equal composition costs nothing the second time.</summary>
/// <param name="directory">Where to lay out; readable by the sandbox's user, thrown away with its owner.</param>
public sealed class Layouts(GitRepository git, string directory)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _roots = new(StringComparer.Ordinal);

    public async Task<LaidOutVersion> LayOutAsync(string commit, string tree, bool foreign, CancellationToken cancellationToken)
    {
        var root = _roots.GetOrAdd(tree, id => new Lazy<Task<string>>(() => WriteAsync(id, cancellationToken)));
        return new LaidOutVersion(commit, tree, await root.Value, git.TopLevel, git.Prefix, foreign);
    }

    private async Task<string> WriteAsync(string tree, CancellationToken cancellationToken)
    {
        var root = Path.Combine(directory, tree);
        await git.LayOutAsync(tree, root, cancellationToken);
        return root;
    }
}
