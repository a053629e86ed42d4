using System.Text;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Repair;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The agent's own prompts that a repair may rewrite: files of component `prompt`, which is text of a readable length.</summary>
/// <param name="Texts">Of head, by path.</param>
/// <param name="Modes">100644 or 100755, by path.</param>
internal sealed record AgentPrompts(IReadOnlyDictionary<string, string> Texts, IReadOnlyDictionary<string, string> Modes)
{
    /// <summary>More is not read by a model with care.</summary>
    private const int MostFiles = 10;

    /// <summary>Of one file.</summary>
    public const int LargestFile = 64 << 10;

    public static async Task<AgentPrompts> ReadAsync(HealContext context, CancellationToken cancellationToken)
    {
        SortedDictionary<string, string> texts = new(StringComparer.Ordinal);
        Dictionary<string, string> modes = new(StringComparer.Ordinal);
        foreach (var file in await context.Git.ListAsync(context.Head.Tree, cancellationToken))
        {
            if (texts.Count == MostFiles) break;
            if (!IsOne(file, context)) continue;
            var content = await context.Git.ReadBlobAsync(file.Blob, cancellationToken);
            if (content.Length is 0 or > LargestFile || !System.Text.Unicode.Utf8.IsValid(content.Span)) continue;
            texts[file.Path] = Encoding.UTF8.GetString(content.Span);
            modes[file.Path] = file.Mode;
        }
        return new AgentPrompts(texts, modes);
    }

    /// <summary>Those of other texts of the same files that differ from these, in order.</summary>
    public IReadOnlyList<WrittenFile> Written(IReadOnlyDictionary<string, string> texts) =>
        [.. texts.Where(t => Texts[t.Key] != t.Value).OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => new WrittenFile(t.Key, Modes[t.Key], Encoding.UTF8.GetBytes(t.Value)))];

    private static bool IsOne(TreeFile file, HealContext context) =>
        file.Mode is "100644" or "100755" && context.Files.ComponentOf(file.Path) == Component.Prompt && context.Files.IsShownToWriters(file.Path) && context.Files.MayChange(file.Path);
}
