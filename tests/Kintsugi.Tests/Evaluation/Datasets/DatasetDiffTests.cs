using System.Text.Json;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Tests.Evaluation.Datasets;

public class DatasetDiffTests
{
    private static SampleDraft Sample(string id, string input, string? target = null, params string[] tags) =>
        new(id, JsonDocument.Parse(input).RootElement, target is null ? null : JsonDocument.Parse(target).RootElement, tags, null, false, null);

    [Fact]
    public void Samples_are_told_apart_by_their_ids_and_by_what_they_say()
    {
        var diff = DatasetDiff.Of(
            [Sample("same", "{\"a\":1,\"b\":2}"), Sample("gone", "1"), Sample("moved", "1", "\"x\"", "t")],
            [Sample("moved", "1", "\"y\"", "u"), Sample("same", "{\"b\":2.0,\"a\":1}"), Sample("new", "1")]);

        Assert.Equal(["new"], diff.Added.Select(s => s.Id));
        Assert.Equal(["gone"], diff.Removed.Select(s => s.Id));
        var changed = Assert.Single(diff.Changed);
        Assert.Equal(("moved", "target,tags"), (changed.Id, string.Join(',', changed.Changes.Select(c => c.Part))));
        Assert.Equal(("\"x\"", "\"y\""), (changed.Changes[0].Before!.Value.GetRawText(), changed.Changes[0].After!.Value.GetRawText()));
    }

    [Fact]
    public void A_target_that_comes_or_goes_is_a_change() =>
        Assert.Equal("target", Assert.Single(Assert.Single(DatasetDiff.Of([Sample("a", "1")], [Sample("a", "1", "2")]).Changed).Changes).Part);
}
