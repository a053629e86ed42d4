using Kintsugi.Healing.Repair;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Reads what a candidate changes, for the gate.</summary>
internal static class Patches
{
    public static async Task<IReadOnlyList<PatchedFile>> ReadAsync(HealContext context, string before, string after, CancellationToken cancellationToken)
    {
        List<PatchedFile> patch = [];
        foreach (var c in await context.Git.DiffAsync(before, after, cancellationToken))
            patch.Add(new PatchedFile(c.Old, c.New, await ContentAsync(c.Old), await ContentAsync(c.New)));
        return patch;

        // Of a submodule nothing: its commit is another repository's.
        async Task<ReadOnlyMemory<byte>> ContentAsync(TreeFile? file) =>
            file is null or { Mode: "160000" } ? ReadOnlyMemory<byte>.Empty : await context.Git.ReadBlobAsync(file.Blob, cancellationToken);
    }

    /// <param name="tree">The version that it is put on.</param>
    public static async Task<PatchTerms> TermsAsync(HealContext context, string tree, bool foreign, CancellationToken cancellationToken) => new(
        context.Files, await context.Git.ListAsync(tree, cancellationToken), await context.Git.ListAsync(context.Base.Tree, cancellationToken), context.Dataset.Samples, foreign);

    /// <summary>Lines that a unified diff adds or takes out.</summary>
    public static int Lines(string diff) => diff.Split('\n').Count(line =>
        (line.StartsWith('+') && !line.StartsWith("+++ ", StringComparison.Ordinal)) || (line.StartsWith('-') && !line.StartsWith("--- ", StringComparison.Ordinal)));
}
