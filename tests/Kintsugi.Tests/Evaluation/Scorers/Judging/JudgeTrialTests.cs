using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Evaluation.Scorers.Judging;

public class JudgeTrialTests
{
    /// <summary>Forty polite answers of eighty; the judge below looks for one word.</summary>
    private static readonly IReadOnlyList<LabelledAnswer> Labels =
        [.. Enumerable.Range(0, 80).Select(n => Label(n, n % 2 == 0 ? $"please {n}" : $"now {n}", n % 2 == 0))];

    [Fact]
    public async Task A_judge_that_agrees_with_people_gets_a_card_by_which_it_decides()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Decides(message => Verdict(JudgeRig.Part(message, "ANSWER").Contains("please", StringComparison.Ordinal))));
        await using var rig = JudgeRig.Of(service);

        var record = await CalibrateAsync(rig.Judge());

        Assert.Equal(new Confusion(40, 0, 0, 40, 0), record.Card!.Whole);
        Assert.Equal(new Proportion(80, 80), record.Card.RepetitionStability);
        Assert.Equal(new Confusion(40, 0, 0, 40, 0), record.Card.Slices["all"]);
        Assert.True(rig.Judge(_ => record).InUse.MayGate);
        Assert.Equal(160, service.Requests.Count);
    }

    [Fact]
    public async Task A_verdict_that_cannot_be_read_is_an_abstention_of_the_judge()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Decides(message => JudgeRig.Part(message, "ANSWER").Contains("now", StringComparison.Ordinal) ? "I had rather not say" : Verdict(true)));
        await using var rig = JudgeRig.Of(service);

        var record = await CalibrateAsync(rig.Judge());

        Assert.Equal(new Confusion(40, 0, 0, 0, 40), record.Card!.Whole);
    }

    [Fact]
    public async Task A_judge_of_pairs_that_prefers_a_place_has_decided_nothing()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Prefers("first"));
        await using var rig = JudgeRig.Of(service, """{"rubric":"rubric.md","against":"target"}""");

        var record = await CalibrateAsync(rig.Judge());

        Assert.Equal((80, new Proportion(0, 80)), (record.Card!.Whole.Abstained, record.Card.OrderConsistency));
    }

    [Fact]
    public async Task A_provider_that_is_down_ends_a_calibration()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(503));
        await using var rig = JudgeRig.Of(service);

        await Assert.ThrowsAsync<ScorerException>(() => CalibrateAsync(rig.Judge()));
    }

    [Fact]
    public async Task A_panel_is_held_against_each_label_with_the_weights_of_the_others()
    {
        await using var wise = await StubService.StartAsync(JudgeRig.Decides(message => Verdict(JudgeRig.Part(message, "ANSWER").Contains("please", StringComparison.Ordinal))));
        await using var yes = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of("""{"rubric":"rubric.md","panel":["p0/gpt-4o","p1/claude-3"]}""", c => c, wise, yes);

        var record = await CalibrateAsync(rig.Judge());

        Assert.Equal(new Confusion(40, 0, 0, 40, 0), record.Card!.Whole); // the member that passes everything is not believed
        Assert.True(rig.Judge(_ => record).InUse.MayGate);
        Assert.False(rig.Judge(_ => record with { Items = null }).InUse.MayGate); // its weights are lost
    }

    [Fact]
    public async Task Guessing_members_make_a_panel_that_guesses() // weighed by the label itself each item would pull the panel its way
    {
        await using var one = await StubService.StartAsync(JudgeRig.Decides(message => Verdict(Digit(message) % 4 < 2)));
        await using var other = await StubService.StartAsync(JudgeRig.Decides(message => Verdict(Digit(message) / 4 % 2 == 0)));
        await using var rig = JudgeRig.Of("""{"rubric":"rubric.md","panel":["p0/gpt-4o","p1/claude-3"]}""", c => c, one, other);

        var record = await CalibrateAsync(rig.Judge());

        Assert.True(record.Card!.Whole.Informedness is not { Value: > 0 }, record.Card.Whole.ToString());
    }

    [Fact]
    public async Task A_judge_that_turned_strict_has_drifted_and_stays_so()
    {
        var strict = false;
        await using var service = await StubService.StartAsync(JudgeRig.Decides(message => Verdict(!strict && JudgeRig.Part(message, "ANSWER").Contains("please", StringComparison.Ordinal))));
        await using var rig = JudgeRig.Of(service);
        var judge = rig.Judge();
        var record = await CalibrateAsync(judge);

        var (same, first) = JudgeTrial.Rerun(record, await JudgeTrial.RunAsync(judge, Labels, 1, null, TestContext.Current.CancellationToken), JudgeRig.Today);
        strict = true;
        var (drifted, second) = JudgeTrial.Rerun(same, await JudgeTrial.RunAsync(judge, Labels, 1, null, TestContext.Current.CancellationToken), JudgeRig.Today);
        strict = false;
        var (still, third) = JudgeTrial.Rerun(drifted, await JudgeTrial.RunAsync(judge, Labels, 1, null, TestContext.Current.CancellationToken), JudgeRig.Today);

        Assert.Equal((0, false), (first.Changed, first.Drift.Drifted));
        Assert.Equal((40, true), (second.Changed, second.Drift.Drifted));
        Assert.Equal((0, false), (third.Changed, third.Drift.Drifted));
        Assert.Equal([true, false, false], new[] { same, drifted, still }.Select(r => rig.Judge(_ => r).InUse.MayGate));
        Assert.Equal(3, still.Items!.Reruns);
    }

    [Fact]
    public void All_reruns_of_a_card_together_err_by_no_more_than_one_may()
    {
        var items = JudgeRig.Good(new string('a', 64), ["m"]).Items!;

        Assert.Equal(0.05, Enumerable.Range(0, 100_000).Sum(k => (items with { Reruns = k }).NextError), 1e-6);
    }

    [Fact]
    public void An_unchanged_judge_that_is_held_against_its_own_repetitions_is_rarely_called_drifted()
    {
        var random = new Random(7);
        var drifted = 0;
        for (var trial = 0; trial < 2_000; trial++)
        {
            // Half of the answers are clear, half are doubtful: the doubtful ones change in both comparisons.
            var votes = Enumerable.Range(0, 60).Select(n => (Passed: n % 2 == 0, Yes: n < 30 ? 0.98 : 0.3 + (0.4 * random.NextDouble())))
                .Select(i => (i.Passed, Runs: Enumerable.Range(0, 3).Select(_ => random.NextDouble() < i.Yes ? Vote.Yes : Vote.No).ToArray())).ToList();
            var stability = new Proportion(votes.Count(v => v.Runs[0] == v.Runs[1]), votes.Count);
            if (JudgeDrift.Test([.. votes.Select((v, n) => new FrozenItem($"{n}", v.Passed, v.Runs[0], v.Runs[2]))], stability, 0.05).Drifted) drifted++;
        }

        Assert.InRange(drifted / 2_000.0, 0.0005, 0.05);
    }

    [Fact]
    public void What_was_judged_is_read_as_it_was_written()
    {
        var items = JudgeRig.Good(new string('a', 64), ["p/m"], rerun: new JudgeRerun(JudgeRig.Today, 60, 1, 1, 1, 0.5, 0.025)).Items!;

        Assert.Equal(items.Write(), JudgedItems.Parse(System.Text.Encoding.UTF8.GetBytes(items.Write()), "f").Write());
    }

    [Theory]
    [InlineData("\"yy\"", "\"yx\"")]
    [InlineData("\"yy\"", "\"\"")]
    [InlineData("\"schema\": 1", "\"schema\": 2")]
    [InlineData("\"reruns\": 0", "\"reruns\": -1")]
    [InlineData("\"reruns\": 0", "\"reruns\": 0, \"more\": 1")]
    [InlineData("\"i1\"", "\"i0\"")]
    [InlineData("\"p/m\"", "\"p/m\", \"p/n\"")]
    [InlineData("aaaa", "../a")]
    public void A_file_that_was_tampered_with_is_refused(string old, string @new)
    {
        var text = JudgeRig.Good(new string('a', 64), ["p/m"]).Items!.Write();

        Assert.Throws<BadFileException>(() => JudgedItems.Parse(System.Text.Encoding.UTF8.GetBytes(text.Replace(old, @new, StringComparison.Ordinal)), "f"));
    }

    [Fact]
    public void Files_of_a_judge_lie_beside_the_agent_and_are_never_reached_by_a_link()
    {
        var directory = Directory.CreateTempSubdirectory("kintsugi-card-");
        var id = new string('b', 64);
        JudgeRig.Good(id, ["p/m"]).Write(directory.FullName);

        Assert.NotNull(JudgeRecord.Read(directory.FullName, id).Card);
        Assert.NotNull(JudgeRecord.Read(directory.FullName, id).Items);
        Assert.Equal(JudgeRecord.None, JudgeRecord.Read(directory.FullName, new string('c', 64)));

        Directory.Move(Path.Combine(directory.FullName, ".kintsugi", "judges"), Path.Combine(directory.FullName, "elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(directory.FullName, ".kintsugi", "judges"), Path.Combine(directory.FullName, "elsewhere"));
        Assert.Throws<BadFileException>(() => JudgeRecord.Read(directory.FullName, id));
        Assert.Throws<BadFileException>(() => JudgeRig.Good(id, ["p/m"]).Write(directory.FullName));
        directory.Delete(recursive: true);
    }

    private static async Task<JudgeRecord> CalibrateAsync(JudgeScorer judge) => JudgeTrial.Record(
        judge.InUse, Labels, await JudgeTrial.RunAsync(judge, Labels, 2, null, TestContext.Current.CancellationToken), JudgeRig.Today);

    private static LabelledAnswer Label(int n, string output, bool passed) => new(
        n + 1, $"l{n}", JudgeRig.Json("\"may I?\""), System.Text.Json.JsonSerializer.SerializeToElement(output), JudgeRig.Json("\"of course\""), passed, ["all"], $"h{n}");

    private static int Digit(string message) => int.Parse(JudgeRig.Part(message, "ANSWER").Trim('"').Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    private static string Verdict(bool passes) => $$"""{"reason":"because","score":{{(passes ? 1 : 0)}}}""";
}
