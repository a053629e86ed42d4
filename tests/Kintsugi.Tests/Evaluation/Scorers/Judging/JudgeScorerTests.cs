using System.Text.Json;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Routing;
using Kintsugi.Tests.Models;
using AllScorers = Kintsugi.Evaluation.Scorers.Scorers;

namespace Kintsugi.Tests.Evaluation.Scorers.Judging;

public class JudgeScorerTests
{
    private const string Pair = """{"rubric":"rubric.md","against":"target"}""";

    [Theory]
    [InlineData(0.7, true)]
    [InlineData(0.69, false)]
    public async Task An_answer_passes_from_the_pass_mark_on(double score, bool passes)
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(score, "It says please."));
        await using var rig = JudgeRig.Of(service, """{"rubric":"rubric.md","pass":0.7}""");

        var said = await JudgeRig.ScoreAsync(rig.Judge());

        Assert.Equal((score, passes, "It says please."), (said.Value, said.Passed, said.Reason));
    }

    [Fact]
    public async Task It_is_asked_at_temperature_zero_for_structured_output_with_all_instructions_in_the_system_message()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(service, rubric: "Is it as polite as a butler?");

        await JudgeRig.ScoreAsync(rig.Judge());

        var body = Assert.Single(service.Requests).Body;
        var request = JsonDocument.Parse(body).RootElement;
        Assert.Equal(0, request.GetProperty("temperature").GetDouble());
        Assert.Equal("json_schema", request.GetProperty("response_format").GetProperty("type").GetString());
        Assert.True(request.GetProperty("response_format").GetProperty("json_schema").GetProperty("strict").GetBoolean());
        Assert.Contains("Is it as polite as a butler?", JudgeRig.SystemMessage(body), StringComparison.Ordinal);
        Assert.DoesNotContain("butler", JudgeRig.UserMessage(body), StringComparison.Ordinal);
        Assert.Equal("\"yes, please\"", JudgeRig.Part(JudgeRig.UserMessage(body), "ANSWER"));
        Assert.Equal("\"of course\"", JudgeRig.Part(JudgeRig.UserMessage(body), "TARGET"));
    }

    [Theory]
    [InlineData("""{"rubric":"rubric.md","reference":false}""", false)]
    [InlineData("""{"rubric":"rubric.md","reference":true}""", true)]
    public async Task It_sees_the_target_unless_it_is_not_to(string settings, bool sees)
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(service, settings);
        var judge = rig.Judge();

        await JudgeRig.ScoreAsync(judge);

        Assert.Equal(sees, JudgeRig.UserMessage(service.Requests[0].Body).Contains("TARGET", StringComparison.Ordinal));
        Assert.Equal(sees, judge.Lacks(JudgeRig.AnswerOf("1").Sample with { Target = null }) is not null);
    }

    [Theory]
    [InlineData("I would say 0.9")]
    [InlineData("")]
    [InlineData("""{"reason":"r"}""")]
    [InlineData("""{"score":1}""")]
    [InlineData("""{"reason":"r","score":"1"}""")]
    [InlineData("""{"reason":"r","score":1.01}""")]
    [InlineData("""{"reason":"r","score":-0.01}""")]
    [InlineData("""{"reason":"r","score":NaN}""")]
    [InlineData("""{"reason":"r","score":1e999}""")]
    [InlineData("""{"reason":"r","score":1,"score":0}""")]
    [InlineData("""{"reason":"r","score":1,"more":0}""")]
    [InlineData("""[{"reason":"r","score":1}]""")]
    [InlineData("""{"reason":"r","score":1} And that is all.""")]
    [InlineData("""{"reason":"\ud800","score":1}""")]
    [InlineData("```json\n```")]
    public async Task A_verdict_that_cannot_be_read_is_asked_for_once_more_and_then_says_nothing_of_the_answer(string verdict)
    {
        await using var service = await StubService.StartAsync(JudgeRig.Says(verdict));
        await using var rig = JudgeRig.Of(service);

        var refused = await Assert.ThrowsAsync<ScorerException>(() => JudgeRig.ScoreAsync(rig.Judge()));

        Assert.Contains($": {Faults.JudgeUnreadable}: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, service.Requests.Count);
    }

    [Fact]
    public async Task A_verdict_of_any_size_is_not_read()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1, new string('x', 20_000)));
        await using var rig = JudgeRig.Of(service);

        await Assert.ThrowsAsync<ScorerException>(() => JudgeRig.ScoreAsync(rig.Judge()));
    }

    [Fact]
    public async Task The_second_try_counts_and_is_told_why()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Says("well…"), JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(service);

        Assert.True((await JudgeRig.ScoreAsync(rig.Judge())).Passed);
        Assert.Contains("What you answered before was not that JSON object.", JudgeRig.SystemMessage(service.Requests[1].Body), StringComparison.Ordinal);
        Assert.Equal(JudgeRig.UserMessage(service.Requests[0].Body), JudgeRig.UserMessage(service.Requests[1].Body));
    }

    [Theory]
    [InlineData("```json\n{\"reason\":\"r\",\"score\":1}\n```")]
    [InlineData("```\n{\"reason\":\"r\",\"score\":1}```")]
    [InlineData("  {\"score\":1.0,\"reason\":\"r\"}\n")]
    public async Task A_verdict_in_a_fence_of_markdown_is_a_verdict(string verdict)
    {
        await using var service = await StubService.StartAsync(JudgeRig.Says(verdict));
        await using var rig = JudgeRig.Of(service);

        Assert.Equal(1, (await JudgeRig.ScoreAsync(rig.Judge())).Value);
    }

    [Theory]
    [InlineData("first", "second", true)]
    [InlineData("second", "first", false)]
    [InlineData("same", "same", true)]
    [InlineData("first", "same", true)] // at least as good, both times
    public async Task A_pair_is_judged_in_both_orders(string asGiven, string swapped, bool passes)
    {
        await using var service = await StubService.StartAsync(JudgeRig.Prefers(asGiven), JudgeRig.Prefers(swapped));
        await using var rig = JudgeRig.Of(service, Pair);

        var said = await JudgeRig.ScoreAsync(rig.Judge());

        Assert.Equal((passes ? 1 : 0, passes), (said.Value, said.Passed));
        var (one, other) = (JudgeRig.UserMessage(service.Requests[0].Body), JudgeRig.UserMessage(service.Requests[1].Body));
        Assert.Equal(("\"yes, please\"", "\"of course\""), (JudgeRig.Part(one, "FIRST"), JudgeRig.Part(one, "SECOND")));
        Assert.Equal(("\"of course\"", "\"yes, please\""), (JudgeRig.Part(other, "FIRST"), JudgeRig.Part(other, "SECOND")));
    }

    [Theory]
    [InlineData("first", "first")]
    [InlineData("second", "second")]
    [InlineData("same", "first")]
    public async Task A_judge_that_prefers_a_place_abstains(string asGiven, string swapped)
    {
        await using var service = await StubService.StartAsync(JudgeRig.Prefers(asGiven), JudgeRig.Prefers(swapped));
        await using var rig = JudgeRig.Of(service, Pair);

        var abstained = await Assert.ThrowsAsync<ScorerException>(() => JudgeRig.ScoreAsync(rig.Judge()));

        Assert.Contains($": {Faults.JudgeAbstained}: ", abstained.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(503, Faults.Overloaded)]
    [InlineData(401, Faults.RefusedKey)]
    [InlineData(418, "refused")]
    public async Task A_judge_that_cannot_be_asked_says_nothing_of_the_answer(int status, string word)
    {
        await using var service = await StubService.StartAsync(StubService.Fails(status));
        await using var rig = JudgeRig.Of(service);

        var refused = await Assert.ThrowsAsync<ScorerException>(() => JudgeRig.ScoreAsync(rig.Judge()));

        Assert.StartsWith($"Scorer 'judge rubric.md': {word}: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_judge_without_a_budget_says_nothing_of_the_answer()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of("""{"rubric":"rubric.md"}""", config => config with { Budgets = [new BudgetConfig("models.budget", 0.001m, null, null, BudgetPeriod.Run)] }, service);

        var refused = await Assert.ThrowsAsync<ScorerException>(() => JudgeRig.ScoreAsync(rig.Judge()));

        Assert.Contains($": {Faults.Budget}: ", refused.Message, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Another_model_than_the_judge_says_nothing_of_the_answer()
    {
        await using var down = await StubService.StartAsync(StubService.Fails(503));
        await using var other = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(
            """{"rubric":"rubric.md"}""", config => config with { Roles = new Dictionary<string, IReadOnlyList<string>>(config.Roles) { [Role.Judge] = ["p0/wise-1", "p1/other-2"] } }, down, other);

        var refused = await Assert.ThrowsAsync<ScorerException>(() => JudgeRig.ScoreAsync(rig.Judge()));

        Assert.Contains($": {Faults.ModelSubstituted}: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_knows_no_schemas_is_asked_for_plain_JSON()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(400), JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(service);
        var judge = rig.Judge();

        await JudgeRig.ScoreAsync(judge);
        await JudgeRig.ScoreAsync(judge, "\"another\"");

        Assert.Equal(["json_schema", "json_object", "json_object"], service.Requests.Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("response_format").GetProperty("type").GetString()!));
    }

    [Fact]
    public async Task What_it_was_told_can_be_replayed()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(0.9, "recorded"), StubService.Fails(503));
        await using var rig = JudgeRig.Of(service);
        await JudgeRig.ScoreAsync(rig.Judge());

        await using var again = await rig.Gateway.AgainAsync(CassetteMode.Replay);
        var said = await JudgeRig.ScoreAsync(rig.Judge(gateway: again.Gateway), recall: Recall.Recorded);

        Assert.Equal("recorded", said.Reason);
        Assert.True(Assert.Single(rig.Calls[^1].Calls).Replayed);
    }

    [Fact]
    public async Task An_answer_that_is_no_text_fails_without_a_question()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(service);

        Assert.False((await JudgeRig.ScoreAsync(rig.Judge(), """{"a":"\ud800"}""")).Passed);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task A_judge_with_a_valid_card_decides_and_is_another_scorer_than_one_that_advises()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(0));
        await using var rig = JudgeRig.Of(service);
        var (advises, gates) = (rig.Judge(), rig.Judge(id => JudgeRig.Good(id, ["p0/stub-1"])));

        Assert.Equal((false, true), (advises.InUse.MayGate, gates.InUse.MayGate));
        Assert.True((await JudgeRig.ScoreAsync(advises)).Advisory);
        Assert.False((await JudgeRig.ScoreAsync(gates)).Advisory);
        Assert.NotEqual(advises.Hash, gates.Hash);
        Assert.Equal(gates.Hash, rig.Judge(id => JudgeRig.Good(id, ["p0/stub-1"], card => card with { CalibratedOn = JudgeRig.Today.AddDays(-3) })).Hash);
    }

    [Fact]
    public async Task It_advises_when_its_card_is_old_missing_of_another_judge_or_it_has_drifted()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(service);
        var drifted = new JudgeRerun(JudgeRig.Today, 60, 30, 1e-9, 1e-9, 1e-9, 0.025);

        Assert.StartsWith("It has no card", Problem(rig.Judge()), StringComparison.Ordinal);
        Assert.Contains("31 days ago", Problem(rig.Judge(id => JudgeRig.Good(id, ["p0/stub-1"], card => card with { CalibratedOn = JudgeRig.Today.AddDays(-31) }))), StringComparison.Ordinal);
        Assert.StartsWith("The card is of another model or rubric.", Problem(rig.Judge(_ => JudgeRig.Good(new string('0', 64), ["p0/stub-1"]))), StringComparison.Ordinal);
        Assert.StartsWith("It no longer judges the frozen items as it did.", Problem(rig.Judge(id => JudgeRig.Good(id, ["p0/stub-1"], rerun: drifted))), StringComparison.Ordinal);
        static string Problem(JudgeScorer judge) => judge.InUse.Standing.Problems[0];
    }

    [Fact]
    public async Task Model_rubric_and_settings_make_a_judge()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1));
        List<string> identities = [];
        foreach (var (settings, rubric, model) in new[]
        {
            ("""{"rubric":"rubric.md"}""", "Polite?", "p0/m"), ("""{"rubric":"rubric.md"}""", "Polite??", "p0/m"), ("""{"rubric":"rubric.md","pass":0.6}""", "Polite?", "p0/m"),
            ("""{"rubric":"rubric.md","reference":false}""", "Polite?", "p0/m"), ("""{"rubric":"rubric.md","against":"target"}""", "Polite?", "p0/m"),
            ("""{"rubric":"rubric.md"}""", "Polite?", "p0/n"), ("""{"rubric":"rubric.md"}""", "Polite?", "p0/house"),
        })
        {
            await using var rig = JudgeRig.Of(settings, config => config with
            {
                Roles = new Dictionary<string, IReadOnlyList<string>>(config.Roles) { [Role.Judge] = [model] },
                Aliases = new Dictionary<string, IReadOnlyDictionary<string, string>> { ["house"] = new Dictionary<string, string> { ["p0"] = "m-2026-01-01" } },
            }, service);
            await File.WriteAllTextAsync(rig.Rubric, rubric, TestContext.Current.CancellationToken);
            var judge = rig.Judge();
            identities.AddRange([judge.InUse.Judge, judge.Hash]);
        }

        Assert.Equal(identities.Count, identities.Distinct().Count());
    }

    [Fact]
    public async Task On_a_tag_where_labels_show_it_to_be_of_no_use_it_advises()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(service);
        var judge = rig.Judge(id => JudgeRig.Good(id, ["p0/stub-1"], card => card with { Slices = new Dictionary<string, Confusion> { ["legal"] = new(15, 0, 15, 0, 0) } }));

        Assert.True((await JudgeRig.ScoreAsync(judge, tags: "legal")).Advisory);
        Assert.False((await JudgeRig.ScoreAsync(judge, tags: "sales")).Advisory);
    }

    [Fact]
    public async Task Scorers_that_all_advise_are_refused_with_what_to_do()
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(service);
        var advises = rig.Judge();

        var refused = Assert.Throws<BadFileException>(() => AllScorers.ThrowIfAllAdvise([advises]));

        Assert.Contains("Run `kintsugi judge calibrate --labels FILE.jsonl`", refused.Message, StringComparison.Ordinal);
        AllScorers.ThrowIfAllAdvise([rig.Judge(id => JudgeRig.Good(id, ["p0/stub-1"]))]);
        AllScorers.ThrowIfAllAdvise([advises, AllScorers.Create([new("exact", JudgeRig.Json("{}"))], rig.Context())[0]]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public async Task An_empty_rubric_is_refused(string rubric)
    {
        await using var service = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of(service, rubric: rubric);

        Assert.Throws<BadFileException>(() => rig.Judge());
    }

    [Fact]
    public async Task A_panel_is_weighed_by_its_labels()
    {
        await using var wise = await StubService.StartAsync(JudgeRig.Scores(0));
        await using var wrong = await StubService.StartAsync(JudgeRig.Scores(1));
        await using var rig = JudgeRig.Of("""{"rubric":"rubric.md","panel":["p0/gpt-4o","p1/claude-3"]}""", c => c, wise, wrong);
        JudgeRecord Weighed(string id)
        {
            var good = JudgeRig.Good(id, ["p0/gpt-4o", "p1/claude-3"]);
            return good with { Items = good.Items! with { Items = [.. good.Items.Items.Select((i, n) => i with { Given = [i.Given[0], n % 3 == 0 ? "yy" : "nn"] })] } };
        }

        var said = await JudgeRig.ScoreAsync(rig.Judge(Weighed));
        var advised = await JudgeRig.ScoreAsync(rig.Judge());

        Assert.Equal((0, false, false), (said.Value, said.Passed, said.Advisory)); // the one that is always right outweighs the one that guesses
        Assert.Equal((0.5, true, true), (advised.Value, advised.Passed, advised.Advisory)); // without labels no weights: the mean, as advice
        Assert.Contains("p1/claude-3 1: because", said.Reason, StringComparison.Ordinal);
    }
}
