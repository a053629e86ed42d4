using System.ComponentModel;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Microsoft.Extensions.AI;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The one thing a model may do when it reflects: propose the new text of a prompt.</summary>
/// <param name="parent">The prompts that it is shown, by path.</param>
/// <param name="head">As they are now.</param>
internal sealed class ReflectTools(IReadOnlyDictionary<string, string> parent, AgentPrompts head, PatchTerms terms, HealContext context) : IToolBox
{
    private const int LongestLesson = 600;

    /// <summary>What was proposed; null as long as nothing was that may be tried.</summary>
    public PromptProposal? Proposed { get; private set; }

    public string Work => "prompt";

    public bool IsHandedIn => Proposed is not null;

    public IList<AITool> All => [AIFunctionFactory.Create(ProposeAsync, "propose", "Proposes the new text of one prompt. It is tried at once.")];

    private async Task<string> ProposeAsync(
        [Description("Path of the prompt, as it is shown.")] string path,
        [Description("The whole new text.")] string content,
        [Description("In a sentence: what the runs taught.")] string lesson = "",
        CancellationToken cancellationToken = default)
    {
        if (!parent.TryGetValue(path, out var old)) throw new ToolMistakeException($"'{StrangersText.OneLine(path, 200)}' is none of the prompts. They are {string.Join(", ", parent.Keys)}.");
        if (string.IsNullOrWhiteSpace(content)) throw new ToolMistakeException("A prompt is not empty.");
        if (content.Length > AgentPrompts.LargestFile) throw new ToolMistakeException($"A prompt has at most {AgentPrompts.LargestFile} characters. Write less.");
        if (content == old) throw new ToolMistakeException("That is the text as it is. Change it.");
        Dictionary<string, string> texts = new(parent, StringComparer.Ordinal) { [path] = content };
        var written = head.Written(texts);
        if (written.Count == 0) throw new ToolMistakeException("That is the prompt that fails. Change it.");
        var tree = await FixTrees.WrittenAsync(context, written, cancellationToken);
        if (PatchGate.Refusals(await Patches.ReadAsync(context, context.Head.Tree, tree, cancellationToken), terms) is { Count: > 0 } refusals)
            throw new ToolMistakeException($"{PatchGate.InWords(refusals)}.");
        Proposed = new PromptProposal(path, texts, tree, StrangersText.OneLine(lesson, LongestLesson));
        return "It is tried now.";
    }
}

/// <summary>Prompts that a model proposed.</summary>
/// <param name="Path">Of the one that it changed.</param>
/// <param name="Texts">All of them, by path.</param>
/// <param name="Tree">Head with them.</param>
/// <param name="Lesson">The model's own words, cut.</param>
internal sealed record PromptProposal(string Path, IReadOnlyDictionary<string, string> Texts, string Tree, string Lesson);
