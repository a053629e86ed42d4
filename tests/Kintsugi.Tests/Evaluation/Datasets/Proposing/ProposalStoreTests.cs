using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Datasets.Proposing;
using Kintsugi.Sandbox;
using Kintsugi.Storage;

namespace Kintsugi.Tests.Evaluation.Datasets.Proposing;

public sealed class ProposalStoreTests : IDisposable
{
    private readonly Scratch _scratch = Scratch.Create();
    private readonly ProposalStore _store;

    public ProposalStoreTests() => _store = new ProposalStore(Database.Open(Path.Combine(_scratch.Directory("db"), "k.db")), TimeProvider.System);

    private static ProposedSample Sample(string input, int cluster = 0)
    {
        var value = JsonDocument.Parse(input).RootElement.Clone();
        return new ProposedSample("trace", CanonicalJson.Hash(value), value, null, ["from-traces"], "t-1", new ProposalReason("KeyError: <s>", "ab", false, cluster, 0.25));
    }

    [Fact]
    public void A_proposal_comes_back_as_it_was_made_the_large_clusters_first()
    {
        _store.Add("a", [Sample("{\"q\":1.50}"), Sample("[2]", 9)]);

        var read = _store.List("a", ProposalState.Open);

        Assert.Equal(["[2]", "{\"q\":1.50}"], read.Select(p => p.Sample.Input.GetRawText()));
        Assert.Equal(new ProposalReason("KeyError: <s>", "ab", false, 9, 0.25), read[0].Sample.Why);
        Assert.Empty(_store.List("another", ProposalState.Open));
    }

    [Fact]
    public void An_input_is_proposed_once_ever_and_decided_once()
    {
        var sample = Sample("{\"q\":1}");
        Assert.Equal(1, _store.Add("a", [sample]));
        Assert.True(_store.Decide("a", sample.InputHash, ProposalState.Refused, "command"));

        Assert.Equal(0, _store.Add("a", [Sample("{ \"q\": 1.0 }")]));
        Assert.False(_store.Decide("a", sample.InputHash, ProposalState.Approved, "terminal"));
        Assert.Equal((ProposalState.Refused, "command"), (_store.List("a", ProposalState.Refused).Single().State, _store.List("a", ProposalState.Refused).Single().DecidedBy));
    }

    [Fact]
    public void The_beginning_of_an_id_finds_it_and_nothing_else_does()
    {
        var sample = Sample("{\"q\":1}");
        _store.Add("a", [sample]);

        Assert.Equal(sample.InputHash, _store.Find("a", sample.InputHash[..10]).Single().Id);
        Assert.Empty(_store.Find("a", sample.InputHash[..3]));
        Assert.Empty(_store.Find("a", "%%%%%"));
        Assert.Empty(_store.Find("a", "' or 1=1 --"));
    }

    public void Dispose() => _scratch.Dispose();
}
