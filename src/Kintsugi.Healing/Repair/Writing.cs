using Kintsugi.Healing.Prompts;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Repair;

/// <summary>How a model or a coding agent wrote a change. All words in it are a stranger's, cut.</summary>
/// <param name="Files">What it changed on head; empty once nothing rests on it any more: of an attempt that neither passed nor is in doubt.</param>
/// <param name="Summary">What the writer said of its change.</param>
/// <param name="Steps">What it did, in order.</param>
public sealed record Writing(IReadOnlyList<WrittenFile> Files, string Summary, IReadOnlyList<WriterStep> Steps)
{
    /// <summary>What it was told by us; empty in logs that did not keep it.</summary>
    public IReadOnlyList<PromptUse> Prompts { get; init; } = [];

    /// <summary>All that were written side by side, this one among them; empty where it was the only one.</summary>
    public IReadOnlyList<CandidateScore> Candidates { get; init; } = [];

    /// <summary>The models that answered the agent while its prompt was rewritten; null where no prompt was fitted to any.</summary>
    public string? FittedTo { get; init; }
}

/// <summary>One use of a tool.</summary>
/// <param name="Tool">`list`, `read`, …, `submit`; `says` for words that went with it; `command` for a coding agent's whole run.</param>
/// <param name="Asked">Its arguments.</param>
public sealed record WriterStep(string Tool, string Asked, string Answered);

/// <summary>A file as it was written.</summary>
/// <param name="Path">From the repository's top.</param>
/// <param name="Mode">100644 or 100755.</param>
/// <param name="Content">Null when the file is gone.</param>
public sealed record WrittenFile(string Path, string Mode, ReadOnlyMemory<byte>? Content)
{
    public TreeEdit ToEdit() => new(Path, Mode, Content);
}
