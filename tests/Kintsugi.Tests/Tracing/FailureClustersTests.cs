using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Tracing;

public class FailureClustersTests
{
    [Theory]
    [InlineData("KeyError: 'tier' in /srv/agent/score.py line 41", "KeyError: 'segment' in /tmp/x/score.py line 7")]
    [InlineData("request 9f3a77b2-11 timed out after 30 s", "Request 77b29f3a-04 timed out after 12.5 s")]
    [InlineData("expected [1, 2, 3], got []", "expected [4], got []")]
    public void What_differs_from_run_to_run_is_not_part_of_a_signature(string one, string other) =>
        Assert.Equal(FailureClusters.SignatureOf(one), FailureClusters.SignatureOf(other));

    [Theory]
    [InlineData("can't reach the service", "can't read the service")]
    [InlineData("KeyError: 'tier'", "ValueError: 'tier'")]
    public void What_is_said_is_part_of_it(string one, string other) =>
        Assert.NotEqual(FailureClusters.SignatureOf(one), FailureClusters.SignatureOf(other));

    [Fact]
    public void A_wording_with_a_word_more_joins_the_frequent_one_and_another_failure_does_not()
    {
        var clusters = FailureClusters.Of(
        [
            new("a", "the answer has no field 'tier' although the schema asks for it"), new("b", "the answer has no field 'score' although the schema asks for it"),
            new("c", "timed out while the lookup tool waited for a reply"), new("d", "the answer has no field 'tier' although the schema clearly asks for it"),
        ]);

        Assert.Equal(["a", "b", "d"], clusters[0].Ids);
        Assert.Equal(["c"], clusters[1].Ids);
        Assert.Equal(2, clusters.Count);
    }

    [Fact]
    public void A_word_that_takes_many_values_is_a_name_and_one_that_takes_two_may_be_a_contrast()
    {
        FailureText[] named = [.. new[] { "acme", "globex", "hooli" }.Select(n => new FailureText(n, $"the tone was too informal for {n}"))];
        FailureText[] contrast = [new("a", "the call was accepted"), new("r", "the call was refused")];

        Assert.Equal(["acme", "globex", "hooli"], FailureClusters.Of(named).Single().Ids);
        Assert.Equal("the tone was too informal for *", FailureClusters.Of(named).Single().Signature);
        Assert.Equal(2, FailureClusters.Of(contrast).Count);
    }

    [Fact]
    public void The_order_in_which_failures_came_changes_no_cluster()
    {
        var random = new Random(5);
        string[] wordings = ["no field tier in the answer", "no field tier in answer", "tool refused the call", "tool refused call", "gave up after three tries"];
        FailureText[] failures = [.. Enumerable.Range(0, 60).Select(i => new FailureText($"{i}", wordings[random.Next(wordings.Length)]))];
        var before = Sets(failures);

        random.Shuffle(failures);

        Assert.Equal(before, Sets(failures));

        static List<string> Sets(FailureText[] failures) => [.. FailureClusters.Of(failures).Select(c => string.Join(',', c.Ids.Order(StringComparer.Ordinal)))];
    }

    [Fact]
    public void A_flood_of_unlike_failures_and_endless_texts_are_bounded()
    {
        var random = new Random(6);
        List<FailureText> flood = [.. Enumerable.Range(0, 3_000).Select(i => new FailureText($"{i}", string.Concat(Enumerable.Range(0, 12).Select(_ => (char)('a' + random.Next(26))))))];

        Assert.Equal(3_000, FailureClusters.Of(flood).Count);
        Assert.True(FailureClusters.SignatureOf(new string('"', 1_000_000)).Length <= 200);
        Assert.Equal("", FailureClusters.SignatureOf(""));
    }
}
