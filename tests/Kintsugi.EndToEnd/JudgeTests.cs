using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd;

/// <summary>A judge from its first labels on: it advises, is calibrated, decides, drifts, and advises again.</summary>
public class JudgeTests
{
    private const string Rubric = "The answer says please.\n";

    [Fact]
    public async Task A_judge_advises_until_it_is_calibrated_and_again_when_it_has_drifted()
    {
        var judge = new ScriptedJudge();
        await using var service = await LoopbackService.StartAsync(judge.AnswerAsync);
        using var agent = await AgentAsync(service, "- json_path: { path: $, exists: true }\n- judge: { rubric: rubrics/polite.md, pass: 0.7 }");

        var advised = await agent.KintsugiAsync(0, "eval", "--json", "--allow-insufficient");
        var calibrated = await agent.KintsugiAsync(0, "judge calibrate", "--labels", Labels(agent), "--json");
        await agent.CommitAsync("Calibrate the judge");
        var decided = await agent.KintsugiAsync(0, "eval", "--json", "--allow-insufficient");
        judge.IsStrict = true;
        var check = await agent.KintsugiAsync(1, "judge calibrate", "--labels", Labels(agent), "--check");
        var drifted = await agent.KintsugiAsync(0, "eval", "--allow-insufficient");

        foreach (var document in new[] { advised, decided }) await OutputSchemas.AssertFitsAsync("eval.schema.json", document.Output);
        await OutputSchemas.AssertFitsAsync("judge-calibrate.schema.json", calibrated.Output);
        Assert.Equal((4, false, 2), Seen(advised)); // every answer passes, whatever the judge says
        Assert.Equal((2, true, 2), Seen(decided)); // now the two rude ones fail
        Assert.Equal((60, 0.5m), Corrected(decided)); // the judge errs nowhere, so people would pass what it passes
        var card = JsonNode.Parse(calibrated.Output)!["judges"]![0]!;
        Assert.Equal((true, 60, 1.0), (card["gates"]!.GetValue<bool>(), card["whole"]!["labels"]!.GetValue<int>(), card["whole"]!["sensitivity"]!["value"]!.GetValue<double>()));
        Assert.True(File.Exists(Path.Combine(agent.Top, card["card"]!.GetValue<string>())));
        Assert.Contains("the judge has drifted", check.Output, StringComparison.Ordinal);
        Assert.Contains("only advises. It no longer judges the frozen items as it did.", drifted.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_baseline_that_was_blessed_without_the_judge_is_not_compared_with_one_that_it_decides()
    {
        await using var service = await LoopbackService.StartAsync(new ScriptedJudge().AnswerAsync);
        using var agent = await AgentAsync(service, "- json_path: { path: $, exists: true }\n- judge: { rubric: rubrics/polite.md }");
        await agent.KintsugiAsync(0, "bless");
        await agent.CommitAsync("Bless");
        var compared = await agent.KintsugiAsync(3, "eval"); // four samples decide nothing
        await agent.KintsugiAsync(0, "judge calibrate", "--labels", Labels(agent));

        var said = await agent.KintsugiAsync(3, "eval");

        Assert.DoesNotContain("no_baseline", compared.Output, StringComparison.Ordinal);
        Assert.Contains("no_baseline", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_judge_alone_decides_nothing_before_its_card_and_the_doctor_says_so()
    {
        await using var service = await LoopbackService.StartAsync(new ScriptedJudge().AnswerAsync);
        using var agent = await AgentAsync(service, "- judge: { rubric: rubrics/polite.md }");

        var refused = await agent.KintsugiAsync(2, "eval");
        var doctor = await Shell.KintsugiAsync("doctor", agent.Top);
        var few = await agent.KintsugiAsync(0, "judge calibrate", "--labels", Labels(agent, count: 8));

        Assert.Contains("every scorer is a judge that may only advise", refused.Error, StringComparison.Ordinal);
        Assert.Contains("note  judge     judge rubrics/polite.md (judges/wise-1) only advises. It has no card", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("42 more labels at least, of them 6 of answers that pass and 6 of answers that fail.", few.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_that_cannot_be_used_and_judges_that_cannot_be_asked_end_as_they_must()
    {
        await using var service = await LoopbackService.StartAsync(context =>
        {
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        using var agent = await AgentAsync(service, "- judge: { rubric: rubrics/polite.md }");
        agent.Write("bad.jsonl", """{"id":"a","input":1,"output":2,"passed":"yes"}""");

        var bad = await agent.KintsugiAsync(2, "judge calibrate", "--labels", Path.Combine(agent.Top, "bad.jsonl"));
        var unknown = await agent.KintsugiAsync(2, "judge calibrate", "--labels", Labels(agent), "--rubric", "rubrics/other.md");
        var unchecked_ = await agent.KintsugiAsync(2, "judge calibrate", "--labels", Labels(agent), "--check");
        var down = await agent.KintsugiAsync(4, "judge calibrate", "--labels", Labels(agent));

        Assert.Contains("bad.jsonl(1): 'passed' is a string. Write true or false.", bad.Error, StringComparison.Ordinal);
        Assert.Contains("no judge has the rubric 'rubrics/other.md'. Those of kintsugi.yaml are rubrics/polite.md.", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("has no card to hold it against", unchecked_.Error, StringComparison.Ordinal);
        Assert.Contains("refused_key", down.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(agent.Top, ".kintsugi", "judges")));
    }

    /// <summary>Runs that passed, whether the judge gates, and what it passed.</summary>
    private static (int Passed, bool Gates, int ByJudge) Seen(Ended eval)
    {
        var document = JsonNode.Parse(eval.Output)!;
        var judge = document["judges"]![0]!;
        return (document["candidate"]!["passed"]!.GetValue<int>(), judge["gates"]!.GetValue<bool>(), judge["passed"]!.GetValue<int>());
    }

    private static (int Labels, decimal Value) Corrected(Ended eval)
    {
        var corrected = JsonNode.Parse(eval.Output)!["judges"]![0]!["corrected"]!;
        return (corrected["labels"]!.GetValue<int>(), corrected["value"]!.GetValue<decimal>());
    }

    /// <summary>An agent that answers as it was asked, polite to every other.</summary>
    private static async Task<AgentRepository> AgentAsync(WebApplication judge, string scorers)
    {
        var agent = await AgentRepository.WithAsync(
            ("agent.py", """
                import json, sys
                for line in sys.stdin:
                    asked = json.loads(line)
                    print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": asked["input"]}), flush=True)

                """),
            ("rubrics/polite.md", Rubric),
            ("golden.jsonl", string.Concat(Enumerable.Range(0, 4).Select(n => JsonSerializer.Serialize(new { id = $"s{n}", input = n % 2 == 0 ? "please come" : "come" }) + "\n"))),
            ("kintsugi.yaml", $$"""
                agent: { name: echo, run: python3 -S agent.py }
                dataset: golden.jsonl
                scorers:
                {{scorers}}
                gate: { baseline_runs: 2 }
                models:
                  providers: { judges: { kind: openai, url: "{{judge.Urls.Single()}}/v1" } }
                  roles: { agent: [judges], judge: [judges/wise-1] }

                """));
        await agent.CommitAsync("Echo");
        return agent;
    }

    private static string Labels(AgentRepository agent, int count = 60)
    {
        agent.Write("labels.jsonl", string.Concat(Enumerable.Range(0, count).Select(n =>
            JsonSerializer.Serialize(new { id = $"l{n}", input = "ask", output = n % 2 == 0 ? $"please {n}" : $"{n}", passed = n % 2 == 0, tags = new[] { "mail" } }) + "\n")));
        return Path.Combine(agent.Top, "labels.jsonl");
    }

    /// <summary>Passes answers that say please; when it is strict, none.</summary>
    private sealed class ScriptedJudge
    {
        public volatile bool IsStrict;

        public async Task AnswerAsync(HttpContext context)
        {
            var asked = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            var lines = asked!["messages"]![1]!["content"]!.GetValue<string>().Split('\n');
            var answer = lines[Array.FindIndex(lines, l => l.StartsWith("BEGIN ANSWER ", StringComparison.Ordinal)) + 1];
            var verdict = JsonSerializer.Serialize(new { reason = "It looks for one word.", score = !IsStrict && answer.Contains("please", StringComparison.Ordinal) ? 0.9 : 0.1 });
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(
                JsonSerializer.Serialize(new
                {
                    id = "c1",
                    @object = "chat.completion",
                    created = 1,
                    model = "wise-1",
                    choices = new[] { new { index = 0, message = new { role = "assistant", content = verdict }, finish_reason = "stop" } },
                    usage = new { prompt_tokens = 10, completion_tokens = 5, total_tokens = 15 },
                }), context.RequestAborted);
        }
    }
}
