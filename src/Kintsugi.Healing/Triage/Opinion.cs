using System.Text.Json.Serialization;

namespace Kintsugi.Healing.Triage;

/// <summary>How an agent fails, as its trajectories show it. Stored and sent in snake case; only ever appended to.</summary>
public enum FailureMode
{
    /// <summary>None of these, or it cannot be told.</summary>
    None = 0,

    PromptNotFollowed = 1,

    ToolCallingError = 2,

    DataStructureChanged = 3,
}

/// <summary>One step of the chain from a changed line to what fails.</summary>
/// <param name="Evidence">Ids of what it rests on: items of the evidence, or what a tool showed.</param>
public sealed record ChainLink(string Says, IReadOnlyList<string> Evidence);

/// <summary>A statement that a probe contradicts, or that cites what is not there.</summary>
/// <param name="Statement">`cause`, `action`, `mode`, `hunk-3` for one that is blamed, `link 2` for one of the chain.</param>
public sealed record Dispute(string Statement, string Why);

/// <summary>What a language model makes of a regression whose cause is proven. It explains; nothing is started by it.</summary>
/// <param name="Blamed">Ids of hunks.</param>
/// <param name="Chain">From the changed line to the symptom.</param>
/// <param name="Confidence">In [0, 1]: the model's own word, held to nothing.</param>
/// <param name="Summary">A few sentences for a person.</param>
public sealed record Opinion(
    Cause Cause, FailureMode Mode, IReadOnlyList<string> Blamed, IReadOnlyList<ChainLink> Chain, double Confidence, RemedyAction Action, string Summary)
{
    /// <summary>What of it is not to be believed, and why: see <see cref="OpinionCheck"/>.</summary>
    public IReadOnlyList<Dispute> Disputes { get; init; } = [];

    [JsonIgnore]
    public bool IsDisputed => Disputes.Count > 0;
}

/// <summary>A piece of evidence by the id under which it may be cited.</summary>
/// <param name="Says">One line.</param>
public sealed record EvidenceItem(string Id, string Says)
{
    /// <summary>The id of a hunk of the net diff.</summary>
    /// <param name="index">From 0; people count from 1.</param>
    public static string IdOfHunk(int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"hunk-{index + 1}");
}
