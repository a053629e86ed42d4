using Kintsugi.Evaluation.Agents;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Cli;

/// <summary>The version that is trusted where the one under evaluation is not, laid out for those who judge.</summary>
/// <param name="Definition">What its kintsugi.yaml says.</param>
/// <param name="Judges">Its tests, specifications, golden data and what kintsugi keeps beside it: baseline and judges' cards.</param>
internal sealed record TrustedVersion(Commit Commit, AgentDefinition Definition, Layouts Layouts, LayerDirectory Judges, string AgentPath)
{
    /// <summary>The agent's directory with what kintsugi keeps beside it.</summary>
    public string Kept => Path.Combine(Judges.Path, AgentPath);

    /// <param name="directory">Where to lay it out.</param>
    /// <param name="files">Of its tree.</param>
    public static async Task<TrustedVersion> LayOutAsync(
        GitRepository git, string directory, Commit commit, AgentDefinition definition, IReadOnlyList<TreeFile> files, CancellationToken cancellationToken)
    {
        var layouts = new Layouts(git, directory, commit.Tree, new AgentFiles(definition, git.Prefix, files.Select(f => f.Path)));
        return new TrustedVersion(commit, definition, layouts, await layouts.TrustedAsync(commit.Id, cancellationToken), git.Prefix);
    }

    /// <summary>The stranger's definition for those who lay its files out: what is gold here is shown to nobody there, whatever that version calls its dataset.</summary>
    public AgentDefinition WithGold(AgentDefinition stranger) => stranger with { Datasets = [.. stranger.Datasets.Union(Definition.Datasets, StringComparer.Ordinal)] };
}
