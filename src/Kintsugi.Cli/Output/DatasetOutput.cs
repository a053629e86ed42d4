using System.ComponentModel;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets.Proposing;

namespace Kintsugi.Cli.Output;

/// <summary>What `dataset from-traces --json` prints.</summary>
internal sealed record FromTracesDocument(
    [property: Description("Traces that were looked at.")] int Traces,
    [property: Description("Those of them that failed somewhere.")] int Failed,
    [property: Description("Kinds of failure: one signature, or several that say the same, on inputs that are alike.")] int FailureClusters,
    [property: Description("Those of which a case is proposed now, or was known before.")] int ClustersCovered,
    [property: Description("Traces that tell no input which could stand in a dataset.")] int WithoutInput,
    [property: Description("Inputs that the dataset holds, that wait for a person, or that a person refused.")] int Known,
    [property: Description("Inputs so near to the dataset or to a proposed one that they would say nothing new.")] int NearDuplicates,
    IReadOnlyList<ProposalRow> Proposals);

/// <summary>What `dataset review --json` prints.</summary>
internal sealed record ReviewDocument(
    [property: Description("Those that were added to the dataset now, by sample id.")] IReadOnlyList<string> Added,
    IReadOnlyList<ProposalRow> Proposals);

/// <summary>One proposed case.</summary>
internal sealed record ProposalRow(
    [property: Description("Hash of the input; its beginning will do.")] string Id,
    ProposalState State,
    [property: Description("The trace it comes from.")] string Source,
    JsonElement Input,
    [property: Description("What the agent answered itself, to be confirmed; null where it did not.")] JsonElement? Target,
    IReadOnlyList<string> Tags,
    [property: Description("Cases of one family never stand on both sides of the held-out split.")] string? Family,
    ProposalWhy Why,
    DateTimeOffset ProposedAt,
    DateTimeOffset? DecidedAt,
    [property: Description("`terminal` or `command`.")] string? DecidedBy)
{
    public static ProposalRow Of(Proposal p) => new(
        p.Id, p.State, p.Sample.Source, p.Sample.Input, p.Sample.Target, p.Sample.Tags, p.Sample.Family,
        new ProposalWhy(p.Sample.Why.Failure, p.Sample.Why.Signature, p.Sample.Why.Answered, p.Sample.Why.ClusterSize, p.Sample.Why.Likeness), p.ProposedAt, p.DecidedAt, p.DecidedBy);
}

/// <summary>Why a case is proposed.</summary>
internal sealed record ProposalWhy(
    [property: Description("What went wrong, with what differs from one occurrence to the next masked; null for a case that did not fail.")] string? Failure,
    string? Signature,
    [property: Description("Whether the agent answered all the same.")] bool Answered,
    [property: Description("How many of the traces fail so on inputs like this one.")] int ClusterSize,
    [property: Description("Cosine with the likest of what the dataset has and of what was proposed before it.")] double Likeness);
