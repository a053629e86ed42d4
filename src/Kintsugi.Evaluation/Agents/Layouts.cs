using System.Collections.Concurrent;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Evaluation.Agents;

/// <summary>
/// Versions laid out on disk: one of them whole, every other as what differs from it, each tree once, since a tree's id names its content. No version
/// holds the golden dataset or its baseline, which are for those who judge.
/// </summary>
/// <param name="directory">Where to lay out; readable by the sandbox's user, thrown away with its owner.</param>
/// <param name="whole">Tree of the version that the others are told from: head's.</param>
/// <param name="files">Which files are what, as head's kintsugi.yaml says.</param>
public sealed class Layouts(GitRepository git, string directory, string whole, AgentFiles files)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<LayerDirectory>>> _layers = new(StringComparer.Ordinal);

    public async Task<LaidOutVersion> LayOutAsync(string commit, string tree, bool foreign, CancellationToken cancellationToken)
    {
        var bottom = await LayerAsync(whole, layer => git.LayOutAsync(whole, layer, files.IsShown, cancellationToken));
        List<LayerDirectory> layers = tree == whole
            ? [bottom]
            : [bottom, await LayerAsync(tree, layer => git.LayOutChangesAsync(whole, tree, layer, files.IsShown, cancellationToken))];
        return new LaidOutVersion(commit, tree, layers, git.TopLevel, git.Prefix, foreign);
    }

    /// <summary>The layer that lies on top where the agent is judged by its own tests or by a scorer: tests, specifications and the golden dataset as a commit has them.</summary>
    /// <param name="commit">One whose tests nobody had a reason to change: never the candidate's own.</param>
    public Task<LayerDirectory> TrustedAsync(string commit, CancellationToken cancellationToken) =>
        LayerAsync("trusted-" + commit, layer => git.LayOutAsync(commit, layer, files.Judges, cancellationToken));

    /// <summary>For whoever works on the agent, the same without the golden dataset, and with marks that hide what scorers judge by.</summary>
    public Task<LayerDirectory> JudgesAsync(string commit, CancellationToken cancellationToken) =>
        LayerAsync("judges-" + commit, layer => git.LayOutAsync(commit, layer, path => files.Judges(path) && files.IsShownToWriters(path), files.IsScorers, cancellationToken));

    private Task<LayerDirectory> LayerAsync(string name, Func<string, Task> write) =>
        _layers.GetOrAdd(name, _ => new Lazy<Task<LayerDirectory>>(() => WriteAsync(name, write))).Value;

    private async Task<LayerDirectory> WriteAsync(string name, Func<string, Task> write)
    {
        var layer = Path.Combine(directory, name);
        await write(layer);
        return new LayerDirectory(layer);
    }
}
