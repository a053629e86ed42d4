using System.Text.Json;

namespace Kintsugi.Evaluation.Datasets.Proposing;

/// <summary>An input that gold holds already, or that waits for a person.</summary>
public sealed record KnownInput(JsonElement Input, string? Family);

/// <summary>A case that a trace suggests. A person says whether it is gold.</summary>
/// <param name="Source">The trace's id.</param>
/// <param name="InputHash">Of the canonical input: what a refusal is remembered by.</param>
/// <param name="Target">What the agent answered itself, and nobody has confirmed; null where it did not answer.</param>
public sealed record ProposedSample(
    string Source, string InputHash, JsonElement Input, JsonElement? Target, IReadOnlyList<string> Tags, string? Family, ProposalReason Why);

/// <summary>Why a case is proposed.</summary>
/// <param name="Failure">What went wrong, with what differs from one occurrence to the next masked; null for a case that did not fail.</param>
/// <param name="Signature">The failure's <see cref="Tracing.Spans.ErrorSignature.Hash"/>.</param>
/// <param name="Answered">Whether the agent answered all the same: a failure inside it that it got over.</param>
/// <param name="ClusterSize">How many of the traces fail so on inputs like this one; 0 for a case that did not fail.</param>
/// <param name="Likeness">Cosine with the likest of the gold and of the cases proposed before it, in [0, 1].</param>
public sealed record ProposalReason(string? Failure, string? Signature, bool Answered, int ClusterSize, double Likeness);

/// <summary>What was chosen, and what was left out.</summary>
/// <param name="Samples">Failures first, those of the largest clusters before the others.</param>
/// <param name="Traces">How many there were.</param>
/// <param name="Failed">Those of them that failed somewhere.</param>
/// <param name="FailureClusters">Kinds of failure: one signature, or several that say the same, on inputs that are alike.</param>
/// <param name="ClustersCovered">Those of which a case was chosen, or is known already.</param>
/// <param name="WithoutInput">Traces that tell no input, or one that is no JSON.</param>
/// <param name="Known">Inputs that gold holds, that wait for a person, or that a person refused.</param>
/// <param name="NearDuplicates">Inputs so near to gold or to a chosen one that they would say nothing new.</param>
public sealed record ProposalChoice(
    IReadOnlyList<ProposedSample> Samples, int Traces, int Failed, int FailureClusters, int ClustersCovered, int WithoutInput, int Known, int NearDuplicates);
