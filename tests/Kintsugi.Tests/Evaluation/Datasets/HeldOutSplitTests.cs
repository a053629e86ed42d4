using System.Text;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Tests.Evaluation.Datasets;

public class HeldOutSplitTests
{
    private static async Task<HashSet<string>> HeldOut(IEnumerable<string> lines, double share = 0.3)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        var dataset = await DatasetFile.ReadAsync([("g", () => new MemoryStream(bytes))], share, TestContext.Current.CancellationToken);
        return [.. dataset.HeldOut.Select(s => s.Id)];
    }

    private static IEnumerable<string> Tagged(string tag, int count) => Enumerable.Range(0, count).Select(i => $$"""{"id":"{{tag}}{{i}}","input":{{i}},"tags":["{{tag}}"]}""");

    [Fact]
    public async Task Each_first_tag_gives_its_share()
    {
        var heldOut = await HeldOut([.. Tagged("a", 40), .. Tagged("b", 20), .. Tagged("c", 10)]);

        Assert.Equal((12, 6, 3), (heldOut.Count(h => h[0] == 'a'), heldOut.Count(h => h[0] == 'b'), heldOut.Count(h => h[0] == 'c')));
    }

    [Fact]
    public async Task The_order_of_the_lines_does_not_matter() =>
        Assert.Equal((await HeldOut(Tagged("a", 50))).Order(), (await HeldOut(Tagged("a", 50).Reverse())).Order());

    [Fact]
    public async Task An_added_sample_moves_at_most_one_other()
    {
        var before = await HeldOut(Tagged("a", 60));
        var after = await HeldOut(Tagged("a", 61));

        Assert.InRange(after.Except(before).Count(), 0, 1);
        Assert.InRange(before.Except(after).Count(), 0, 1);
    }

    [Fact]
    public async Task A_family_stands_on_one_side()
    {
        var lines = Enumerable.Range(0, 60).Select(i => $$"""{"id":"s{{i}}","input":{{i}},"family":"f{{i / 4}}"}""");

        var heldOut = await HeldOut(lines);

        Assert.InRange(heldOut.Count, 14, 22);
        Assert.All(heldOut.GroupBy(id => int.Parse(id[1..], System.Globalization.CultureInfo.InvariantCulture) / 4), f => Assert.Equal(4, f.Count()));
    }

    [Fact]
    public async Task One_explicit_split_takes_its_family_along() => Assert.Equal(
        ["a", "b"],
        (await HeldOut(["""{"id":"a","input":1,"family":"f","split":"held_out"}""", """{"id":"b","input":1,"family":"f"}"""], 0)).Order());

    [Fact]
    public async Task A_share_of_nothing_holds_nothing_out() => Assert.Empty(await HeldOut(Tagged("a", 50), 0));
}
