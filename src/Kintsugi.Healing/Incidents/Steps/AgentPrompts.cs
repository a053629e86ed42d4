using System.Text;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The agent's own prompts that a repair may rewrite: files of component `prompt`, which is text of a readable length.</summary>
internal static class AgentPrompts
{
    /// <summary>More is not read by a model with care.</summary>
    private const int MostFiles = 10;

    /// <summary>Of one file.</summary>
    public const int LargestFile = 64 << 10;

    /// <summary>Of head, by path.</summary>
    public static async Task<SortedDictionary<string, string>> ReadAsync(HealContext context, CancellationToken cancellationToken)
    {
        SortedDictionary<string, string> prompts = new(StringComparer.Ordinal);
        foreach (var file in await context.Git.ListAsync(context.Head.Tree, cancellationToken))
        {
            if (prompts.Count == MostFiles) break;
            if (!IsOne(file, context)) continue;
            var content = await context.Git.ReadBlobAsync(file.Blob, cancellationToken);
            if (content.Length is > 0 and <= LargestFile && System.Text.Unicode.Utf8.IsValid(content.Span)) prompts[file.Path] = Encoding.UTF8.GetString(content.Span);
        }
        return prompts;
    }

    private static bool IsOne(TreeFile file, HealContext context) =>
        file.Mode is "100644" or "100755" && context.Files.ComponentOf(file.Path) == Component.Prompt && context.Files.IsShownToWriters(file.Path) && context.Files.MayChange(file.Path);
}
