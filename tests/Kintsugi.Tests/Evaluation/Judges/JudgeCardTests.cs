using System.Text;
using CsCheck;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Judges;

namespace Kintsugi.Tests.Evaluation.Judges;

public class JudgeCardTests
{
    private static readonly DateOnly Day = new(2026, 3, 1);

    internal static readonly string Identity = JudgeIdentity.Of("vendor/model-1", "Is the answer polite?");

    [Fact]
    public void A_card_counts_what_people_and_judge_said()
    {
        var card = JudgeCalibration.Calibrate(Identity, "vendor/model-1", Day,
        [
            Pair("a", true, [Vote.Yes, Vote.Yes], [Vote.Yes], "easy"),
            Pair("b", true, [Vote.Yes, Vote.No], [Vote.No], "hard"),
            Pair("c", false, [Vote.Yes], [Vote.Yes], "hard"),
            Pair("d", false, [Vote.Abstained], [Vote.Abstained]),
        ]);

        Assert.True(card.Pairwise);
        Assert.Equal(new Confusion(TruePasses: 1, FalseFails: 0, FalsePasses: 1, TrueFails: 0, Abstained: 2), card.Whole);
        Assert.Equal(new Proportion(2, 4), card.OrderConsistency); // two unreadable verdicts are no consistent ones
        Assert.Equal(new Proportion(1, 2), card.RepetitionStability);
        Assert.Equal(new Confusion(0, 0, 1, 0, 1), card.Slices["hard"]);
    }

    [Fact]
    public void A_verdict_that_changes_with_the_order_is_none()
    {
        Assert.Equal(Vote.Abstained, BothOrders.Vote(Vote.Yes, Vote.No));
        Assert.Equal(Vote.Abstained, BothOrders.Vote(Vote.Yes, Vote.Abstained));
        Assert.Equal(Vote.No, BothOrders.Vote(Vote.No, Vote.No));
    }

    [Fact]
    public void An_item_counts_once() =>
        Assert.Throws<ArgumentException>(() => JudgeCalibration.Calibrate(Identity, "m", Day, [Answer("a", true, Vote.Yes), Answer("a", true, Vote.Yes)]));

    [Fact]
    public void Pairs_and_single_answers_are_not_mixed() =>
        Assert.Throws<ArgumentException>(() => JudgeCalibration.Calibrate(Identity, "m", Day, [Answer("a", true, Vote.Yes), Pair("b", true, [Vote.Yes], [Vote.Yes])]));

    [Theory]
    [InlineData("tag\nof two lines")]
    [InlineData("tag \ud800")]
    [InlineData("")]
    public void A_card_that_could_not_be_read_again_is_not_made(string tag) =>
        Assert.Throws<ArgumentException>(() => JudgeCalibration.Calibrate(Identity, "m", Day, [Pair("a", true, [Vote.Yes], [Vote.Yes], tag)]));

    [Fact]
    public void Another_model_or_another_word_in_the_rubric_is_another_judge()
    {
        string[] identities = [Identity, JudgeIdentity.Of("vendor/model-2", "Is the answer polite?"), JudgeIdentity.Of("vendor/model-1", "Is the answer kind?"), JudgeIdentity.Of("a", "b\nc"), JudgeIdentity.Of("a\nb", "c")];

        Assert.Equal(identities.Length, identities.Distinct().Count());
        Assert.All(identities, identity => Assert.True(JudgeIdentity.IsOne(identity)));
        Assert.Equal($".kintsugi/judges/{Identity[..16]}.json", JudgeCard.RelativePath(Identity));
        Assert.Throws<ArgumentException>(() => JudgeCard.RelativePath("../../../etc/passwd"));
    }

    [Fact]
    public void A_card_is_read_as_it_was_written() =>
        Gen.Select(ConfusionTests.Counts, Gen.Int[0, 40]).Sample((counts, repeated) =>
        {
            var card = Card(counts) with { RepetitionStability = new Proportion(Math.Min(counts.Labels, repeated) / 2, Math.Min(counts.Labels, repeated)) };
            return Read(card.Write()).Write() == card.Write();
        }, seed: "0000000000001", iter: 200);

    [Fact]
    public void White_space_and_line_endings_are_free()
    {
        var text = Card(new Confusion(27, 3, 4, 16, 5)).Write();

        Assert.Equal(text, Read(text.Replace("\n", "\r\n", StringComparison.Ordinal).Replace("  ", "\t", StringComparison.Ordinal)).Write());
    }

    [Theory]
    [InlineData("\"true_passes\": 27", "\"true_passes\": 28", "figures do not follow")]
    [InlineData("\"value\": 0.9,", "\"value\": 0.99,", "figures do not follow")]
    [InlineData("\"value\": 0.9,", "\"value\": 1e999999999999,", "figures do not follow")]
    [InlineData("\"true_passes\": 27", "\"true_passes\": -27", "not within 0")]
    [InlineData("\"true_passes\": 27", "\"true_passes\": 2000000000", "not within 0")]
    [InlineData("\"true_passes\": 27", "\"true_passes\": 2.5", "$.whole.true_passes")]
    [InlineData("\"true_passes\": 27", "\"true_passes\": 27, \"true_passes\": 27", "unknown, missing or of the wrong kind")]
    [InlineData("\"true_passes\": 27,", "", "missing")]
    [InlineData("\"schema\": 1", "\"schema\": 2", "version 1")]
    [InlineData("\"model\": \"vendor/model-1\"", "\"model\": \"a\\u001b[2Jb\"", "`model`")]
    [InlineData("\"model\": \"vendor/model-1\"", "\"model\": \"a\\ud800b\"", "$.model")]
    [InlineData("\"model\": \"vendor/model-1\"", "\"model\": null", "$.model")]
    [InlineData("\"model\": \"vendor/model-1\"", "\"model\": \"m\", \"gates\": true", "gates")]
    [InlineData("\"count\": 18", "\"count\": 21", "proportion")]
    [InlineData("\"slices\": {", "\"slices\": { \"x\": null,", "slice 'x'")]
    [InlineData("\"slices\": {", "\"slices\": [", "$.slices")]
    [InlineData("{", "", "not JSON")]
    public void A_card_that_was_tampered_with_is_refused(string written, string tampered, string problem)
    {
        var text = Card(new Confusion(27, 3, 4, 16, 5)).Write();
        var at = text.IndexOf(written, StringComparison.Ordinal);

        var refused = Assert.Throws<BadFileException>(() => Read(text[..at] + tampered + text[(at + written.Length)..]));

        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', refused.Message);
    }

    [Fact]
    public void A_card_that_is_too_large_or_too_deep_is_refused()
    {
        Assert.Throws<BadFileException>(() => Read(new string(' ', JudgeCard.LargestBytes + 1)));
        Assert.Throws<BadFileException>(() => Read(new string('[', 1000)));
    }

    internal static JudgeCard Card(Confusion counts) => new(
        JudgeCard.CurrentSchema, Identity, "vendor/model-1", Day, Pairwise: false, counts, new Proportion(0, 0), new Proportion(Math.Min(18, counts.Labels), Math.Min(20, counts.Labels)),
        new Dictionary<string, Confusion> { ["Grüße 🙂 <&> \"leicht\""] = counts, ["easy"] = counts with { Abstained = 0 } });

    private static JudgeCard Read(string text) => JudgeCard.Parse(Encoding.UTF8.GetBytes(text), "card.json");

    private static LabelledJudgement Answer(string item, bool passed, Vote vote) => new(item, passed, [vote], [], []);

    private static LabelledJudgement Pair(string item, bool passed, Vote[] asGiven, Vote[] swapped, params string[] slices) => new(item, passed, asGiven, swapped, slices);
}
