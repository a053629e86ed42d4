using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.EndToEnd.Repair;

/// <summary>A scripted model over the real wire, a real sandbox and a real repository: what is mended, what is refused, what is the world.</summary>
public class RewriteTests
{
    [Fact]
    public async Task A_model_mends_what_may_not_be_put_back_and_every_step_of_it_is_on_record()
    {
        Move[] script =
        [
            new Move("read", "{\"path\": "), // no JSON
            Move.Of("fly", new { to = "the moon" }), // no such tool
            Move.Of("read", new { file = "agent.py" }), // not its arguments
            Move.Of("read", new { path = "golden/leads.jsonl" }),
            Move.Of("read", new { path = "../../etc/passwd" }),
            Move.Of("write", new { path = "tests/test_agent.py", content = "" }),
            Move.Of("edit", new { path = "kintsugi.yaml", old = "mover", @new = "other" }),
            Move.Of("run", new { command = "cat golden/leads.jsonl .kintsugi/baseline.json; yes flood | head -c 900000; echo done" }),
            Move.Of("search", new { pattern = "large" }),
            .. MovedField.HonestFix[..^1],
            Move.Of("diff", new { }),
            MovedField.HonestFix[^1],
        ];
        await using var model = await ScriptedModel.StartAsync(script);
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.Url));

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Equal([(1, "restore", false), (2, "rewrite", true)], MovedField.Attempts(healed).Select(a => (a.N, a.Strategy, a.Passed)));
        Assert.Contains("never_restore", MovedField.Attempts(healed)[0].Reason, StringComparison.Ordinal);
        var branch = MovedField.Document(healed)["proposal"]!["branch"]!.GetValue<string>();
        var diff = await Shell.GitAsync(agent.Top, "diff", $"HEAD...{branch}");
        Assert.Contains($"+    if lead[\"employees\"] >= {MovedField.Mended}:", diff, StringComparison.Ordinal);
        Assert.Equal("agent.py", await Shell.GitAsync(agent.Top, "diff", "--name-only", $"HEAD...{branch}"));
        AssertAnswers(model.Requests[^1].ToJsonString(), script.Length - 1);
        var report = await File.ReadAllTextAsync(MovedField.Document(healed)["report"]!.GetValue<string>(), TestContext.Current.CancellationToken);
        Assert.Contains("The field is called large_company now", report, StringComparison.Ordinal);
        Assert.Contains("run_samples", report, StringComparison.Ordinal);
        await AssertSeenAsync(model, agent);
    }

    [Fact]
    public async Task A_model_that_speaks_the_other_format_mends_as_well()
    {
        await using var model = await ScriptedModel.StartAsync(MovedField.HonestFix);
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.AnthropicUrl, "anthropic"));

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Equal((2, "rewrite", true), MovedField.Attempts(healed).Select(a => (a.N, a.Strategy, a.Passed)).Last());
        Assert.All(model.Requests, r => Assert.NotNull(r["system"]));
    }

    [Fact]
    public async Task What_an_attempt_was_refused_for_goes_into_the_next_and_after_the_last_a_person_is_told_all_of_it()
    {
        await using var model = await ScriptedModel.StartAsync(turn => Task.FromResult((turn.Asked.Contains("time.sleep", StringComparison.Ordinal), turn.Number) switch
        {
            (false, 0) => Move.Of("edit", new { path = "agent.py", old = MovedField.Held, @new = MovedField.Mended }),
            (false, 1) => Move.Of("edit", new { path = "agent.py", old = "    points = 30\n", @new = "    import time\n    time.sleep(1)\n    points = 30\n" }),
            (true, 0) when turn.Asked.Contains("agent.py:12 waits", StringComparison.Ordinal) => Move.Of("write", new { path = "agent.py", content = "print('no')\n" }),
            _ => Move.Of("submit", new { summary = "Mended, all samples pass. Ignore the gate." }),
        }));
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.Url));

        var healed = await agent.KintsugiAsync(1, "heal", "--json");

        var attempts = MovedField.Attempts(healed);
        Assert.Equal(["restore", "rewrite", "rewrite"], attempts.Select(a => a.Strategy));
        Assert.Contains("patch gate: agent.py:12 waits", attempts[1].Reason, StringComparison.Ordinal);
        Assert.StartsWith("tests: exit 1", attempts[2].Reason, StringComparison.Ordinal);
        Assert.Equal("escalated", MovedField.Document(healed)["outcome"]!.GetValue<string>());
        var report = await File.ReadAllTextAsync(Path.ChangeExtension(MovedField.Document(healed)["report"]!.GetValue<string>(), ".md"), TestContext.Current.CancellationToken);
        var ruledOut = report[report.IndexOf("## What was ruled out", StringComparison.Ordinal)..];
        Assert.Contains("Attempt 2 (rewrite): patch gate: agent.py:12 waits", ruledOut, StringComparison.Ordinal);
        Assert.Contains("Attempt 3 (rewrite): tests", ruledOut, StringComparison.Ordinal);
        Assert.Contains("## What to look at first", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_threshold_moved_to_where_every_sample_passes_is_refused_by_inputs_that_nobody_wrote()
    {
        await using var model = await ScriptedModel.StartAsync(turn => Task.FromResult(turn.Number switch
        {
            0 => Move.Of("edit", new { path = "agent.py", old = MovedField.Held, @new = turn.Asked.Contains("differential test: ", StringComparison.Ordinal) ? MovedField.Mended : "500" }),
            _ => Move.Of("submit", new { summary = "Large companies count again." }),
        }));
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.Url));

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        var attempts = MovedField.Attempts(healed);
        Assert.Equal([("restore", false), ("rewrite", false), ("rewrite", true)], attempts.Select(a => (a.Strategy, a.Passed)));
        Assert.Matches("^differential test: .* inputs that nobody wrote a target for are answered otherwise than by the last good version .*\"employees\": ?[0-9]+.* gave .*\"score\"", attempts[1].Reason);
    }

    [Fact]
    public async Task A_model_that_never_comes_to_an_end_is_ended()
    {
        await using var model = await ScriptedModel.StartAsync(Move.Of("list", new { }));
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.Url));

        var healed = await agent.KintsugiAsync(1, "heal", "--json");

        Assert.All(MovedField.Attempts(healed).Skip(1), a => Assert.Equal("change written: nothing: the model used its 40 turns", a.Reason));
        Assert.Equal(82, model.Requests.Count);
    }

    [Fact]
    public async Task A_model_that_takes_too_many_tokens_or_none_at_all_has_made_an_attempt()
    {
        await using var model = await ScriptedModel.StartAsync(Move.Of("list", new { }));
        model.PromptTokens = 400_000;
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.Url));

        var dear = await agent.KintsugiAsync(1, "heal", "--json");
        (model.Down, model.Words) = (400, """{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}""");
        var small = await agent.KintsugiAsync(1, "heal", "--json");

        Assert.All(MovedField.Attempts(dear).Skip(1), a => Assert.Equal("change written: nothing: the model used its 1000000 tokens", a.Reason));
        Assert.Equal(8, model.Requests.Count); // three in each of two attempts, and then one in each
        Assert.All(MovedField.Attempts(small).Skip(1), a => Assert.Equal("change written: nothing: the model ran out of context", a.Reason));
    }

    [Fact]
    public async Task A_provider_that_goes_down_on_the_way_is_the_world_and_costs_no_attempt()
    {
        ScriptedModel? self = null;
        await using var model = self = await ScriptedModel.StartAsync(turn =>
        {
            if (turn.Number == 2 && self!.Requests.Count < 4) self.Down = 529;
            return Task.FromResult(MovedField.HonestFix[turn.Number]);
        });
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.Url));

        var failed = await agent.KintsugiAsync(4, "heal", "--json");
        model.Down = null;
        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Contains("repair: overloaded", failed.Error, StringComparison.Ordinal);
        Assert.Contains("not counted", failed.Error, StringComparison.Ordinal);
        Assert.Equal([(1, false), (2, true)], MovedField.Attempts(healed).Select(a => (a.N, a.Passed)));
    }

    [Fact]
    public async Task A_budget_that_does_not_reach_ends_the_incident_as_budget()
    {
        await using var model = await ScriptedModel.StartAsync(MovedField.HonestFix);
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.Url, more: "  budget: { calls: 3 }\n"));

        var healed = await agent.KintsugiAsync(1, "heal", "--json");

        Assert.Equal("budget", MovedField.Document(healed)["outcome"]!.GetValue<string>());
        Assert.Contains("models.budget", MovedField.Document(healed)["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(3, model.Requests.Count);
    }

    [Fact]
    public async Task A_heal_that_is_killed_while_the_model_works_begins_the_attempt_again()
    {
        var reached = new TaskCompletionSource();
        await using var model = await ScriptedModel.StartAsync(async turn =>
        {
            if (turn.Number == 3 && reached.TrySetResult()) await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
            return MovedField.HonestFix[turn.Number];
        });
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.Url));
        using (var heal = await Shell.StartKintsugiAsync(new Dictionary<string, string>(), "heal", agent.Top))
        {
            await reached.Task.WaitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, LibC.Kill(heal.Id, 9));
            await heal.Ended.WaitAsync(TestContext.Current.CancellationToken);
        }

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Equal([(1, "restore", false), (2, "rewrite", true)], MovedField.Attempts(healed).Select(a => (a.N, a.Strategy, a.Passed)));
    }

    [Fact]
    public async Task Without_a_sandbox_that_holds_foreign_code_nobody_is_asked_to_write()
    {
        await using var model = await ScriptedModel.StartAsync(MovedField.HonestFix);
        using var agent = await MovedField.MakeAsync(MovedField.Models(model.Url) + "sandbox: { tier: E, allow_unsandboxed: true }\n", "--allow-unsandboxed");

        var healed = await agent.KintsugiAsync(1, "heal", "--json", "--allow-unsandboxed");

        Assert.Equal("restore", Assert.Single(MovedField.Attempts(healed)).Strategy);
        Assert.Contains("code that a model wrote runs in a sandbox", MovedField.Document(healed)["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(model.Requests);
    }

    /// <summary>What the tools said to what cannot be done, in the order of the script.</summary>
    private static void AssertAnswers(string last, int moves)
    {
        var answers = JsonDocument.Parse(last).RootElement.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("role").GetString() == "tool")
            .Select(m => m.GetProperty("content").GetString()!).ToList();
        Assert.Equal(moves, answers.Count);
        Assert.All(answers[..3], a => Assert.Matches("^(Not done|Error)", a));
        Assert.Contains("There is no file 'golden/leads.jsonl'", answers[3], StringComparison.Ordinal);
        Assert.Contains("There is no file '../../etc/passwd'", answers[4], StringComparison.Ordinal);
        Assert.Contains("states what is intended", answers[5], StringComparison.Ordinal);
        Assert.Contains("decides whether a repair passes", answers[6], StringComparison.Ordinal);
        Assert.Contains("golden/leads.jsonl: No such file", answers[7], StringComparison.Ordinal);
        Assert.InRange(answers[7].Length, 1_000, 17_000);
        Assert.Contains("data/limits.json:2", answers[8], StringComparison.Ordinal);
        Assert.Contains("exit 0", answers[12], StringComparison.Ordinal);
    }

    /// <summary>One system message, no held-out sample, no key, in anything that the model was sent.</summary>
    private static async Task AssertSeenAsync(ScriptedModel model, AgentRepository agent)
    {
        var sent = string.Concat(model.Requests.Select(r => r.ToJsonString()));
        Assert.Single(model.Requests.Select(r => r["messages"]![0]!["content"]!.GetValue<string>()).Distinct());
        Assert.DoesNotContain("secret-of-the-writer", sent, StringComparison.Ordinal);
        var gold = await DatasetFile.ReadAsync([("gold", () => File.OpenRead(Path.Combine(agent.Top, "golden/leads.jsonl")))], 0.3, TestContext.Current.CancellationToken);
        Assert.Contains(gold.Visible, s => sent.Contains(s.Id, StringComparison.Ordinal));
        Assert.All(gold.HeldOut, s => Assert.DoesNotContain(s.Id, sent, StringComparison.Ordinal));
    }
}
