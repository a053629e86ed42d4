using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Review;

/// <summary>What a language model made of the evidence, or why there is nothing.</summary>
/// <param name="Opinion">Null when none was had.</param>
/// <param name="WhyNone">Null when there is one.</param>
/// <param name="Cited">What the ids stand for.</param>
/// <param name="Steps">What the model did to form it.</param>
/// <param name="Rules">The rules that it was given, by name and version.</param>
public sealed record Advice(Opinion? Opinion, string? WhyNone, IReadOnlyList<EvidenceItem> Cited, IReadOnlyList<WriterStep> Steps, string Rules)
{
    /// <summary>What every showing of it has to say of itself.</summary>
    public const string Standing = "The opinion of a language model that read the evidence. The cause above was proven before it was asked, and nothing was started by what it says.";

    /// <summary>What a disputed one has to say besides.</summary>
    public static string Caution(Opinion opinion) =>
        $"Disputed in {opinion.Disputes.Count} of its statements, which are marked: the probes contradict them, or what they cite is not there. None of it was used.";

    /// <summary>Why a statement is disputed; null when it is not.</summary>
    public string? DisputeOf(string statement) => Opinion?.Disputes.FirstOrDefault(d => d.Statement == statement)?.Why;

    /// <summary>An id with what it stands for.</summary>
    public string InWords(string id) => Cited.FirstOrDefault(e => e.Id == id) is { } item ? $"{id} ({item.Says})" : id;

    /// <summary>An action as the end of the sentence "what it would do: …".</summary>
    public static string Of(RemedyAction action) => action switch
    {
        RemedyAction.None => "nothing",
        RemedyAction.Repair => "repair it",
        RemedyAction.RollBack => "roll back",
        RemedyAction.Repin => "go back to the former model",
        RemedyAction.Quarantine => "set the samples apart",
        RemedyAction.Retry => "try again",
        RemedyAction.Escalate => "ask a person",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "An action without words."),
    };

    /// <summary>A mode as the end of the sentence "how it fails: …".</summary>
    public static string Of(FailureMode mode) => mode switch
    {
        FailureMode.None => "in none of the ways asked about, or it could not tell",
        FailureMode.PromptNotFollowed => "the agent's model does not follow its prompt",
        FailureMode.ToolCallingError => "a tool is called wrongly",
        FailureMode.DataStructureChanged => "data has another structure than what reads it expects",
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "A mode without words."),
    };
}
