using Kintsugi.Evaluation.Datasets.Proposing;
using Kintsugi.Tracing;

namespace Kintsugi.Cli;

/// <summary>Proposes cases that the dataset lacks, to be approved in `dataset review`.</summary>
internal static class ProposedCases
{
    /// <param name="most">At least 1.</param>
    /// <param name="seed">Decides between equals.</param>
    public static async Task<ProposalChoice> AddAsync(Workspace workspace, IReadOnlyList<Trace> traces, int most, int seed, CancellationToken cancellationToken)
    {
        var gold = await WorkTreeGold.ReadAsync(workspace, cancellationToken);
        var store = new ProposalStore(workspace.Database, workspace.Clock);
        var before = store.List(workspace.Agent.Name, [.. Enum.GetValues<ProposalState>()]);
        var choice = ProposedSamples.Choose(
            traces,
            [.. gold.Inputs, .. before.Where(p => p.State != ProposalState.Refused).Select(p => new KnownInput(p.Sample.Input, p.Sample.Family))],
            before.Where(p => p.State == ProposalState.Refused).Select(p => p.Id).ToHashSet(StringComparer.Ordinal), most, seed);
        store.Add(workspace.Agent.Name, choice.Samples);
        return choice;
    }
}
