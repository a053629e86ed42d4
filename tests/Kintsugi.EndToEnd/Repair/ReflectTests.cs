using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.EndToEnd.Protocols;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Sandbox.Processes;
using Kintsugi.Tests.Healing.Review;

namespace Kintsugi.EndToEnd.Repair;

/// <summary>The model behind the agent takes bounds otherwise from one day to the next: nothing can be put back, and the prompt has to follow.</summary>
public class ReflectTests
{
    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private const string Drift = """{ "noise": 0, "drift": { "at_least_is_more_than": true, "ignores": "none" } }""";

    [Fact]
    public async Task A_prompt_is_rewritten_until_it_fits_the_model_that_has_changed()
    {
        await using var model = await ScriptedModel.StartAsync(turn => Task.FromResult((turn.Asked.Contains(": dropped", StringComparison.Ordinal), turn.Number) switch
        {
            (false, 0) => Propose("kintsugi.yaml", "agent: {}", "Elsewhere is easier."),
            (false, 1) => Propose("prompts/score.md", SmallAgents.Prompt, "It is fine as it is."),
            (false, _) => Propose("prompts/score.md", SmallAgents.Prompt.Replace("Be friendly", "Be exact and friendly", StringComparison.Ordinal), "Be exact."),
            _ => Propose("prompts/score.md", SmallAgents.Prompt.Replace("is at least 1000", "is more than 999", StringComparison.Ordinal), "The model takes bounds as exclusive."),
        }));
        using var agent = await DriftedAsync(model.Url);

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        var document = MovedField.Document(healed);
        Assert.Equal(("model_drift", "repair"), (document["diagnosis"]!["cause"]!.GetValue<string>(), document["diagnosis"]!["action"]!.GetValue<string>()));
        Assert.Equal([(1, "reflect", true)], MovedField.Attempts(healed).Select(a => (a.N, a.Strategy, a.Passed)));
        var branch = document["proposal"]!["branch"]!.GetValue<string>();
        Assert.Equal("prompts/score.md", await Shell.GitAsync(agent.Top, "diff", "--name-only", $"HEAD...{branch}"));
        Assert.Contains("+- Add 30 points when `employees` is more than 999.", await Shell.GitAsync(agent.Top, "diff", $"HEAD...{branch}"), StringComparison.Ordinal);
        Assert.Contains("changes the prompt to fit the changed model", await Shell.GitAsync(agent.Top, "log", "-1", "--format=%b", branch).ContinueWith(b => b.Result.ReplaceLineEndings(" "), TaskScheduler.Default), StringComparison.Ordinal);
        var writing = document["attempts"]![0]!["writing"]!;
        Assert.Equal("sim/sim-large", writing["fitted_to"]!.GetValue<string>());
        Assert.Equal("reflect", writing["prompts"]![0]!["name"]!.GetValue<string>());
        Assert.Equal(["0 of 3 samples passed, 0 before: dropped", "3 of 3 samples passed, 0 before: kept, and 100 % of 40 visible samples pass"], Tried(writing));
        await AssertSeenAsync(model, agent);
        GoldenFile.Holds("transcript-reflect.txt", TranscriptTests.Normalised(model.Requests[^1]));
    }

    [Fact]
    public async Task A_heal_that_is_killed_while_the_model_reflects_goes_the_same_way_again()
    {
        var reached = new TaskCompletionSource();
        await using var model = await ScriptedModel.StartAsync(async turn =>
        {
            if (!turn.Asked.Contains(": dropped", StringComparison.Ordinal)) return Propose("prompts/score.md", SmallAgents.Prompt + "\nThink.\n", "Think.");
            if (reached.TrySetResult()) await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
            return Propose("prompts/score.md", SmallAgents.Prompt.Replace("is at least 1000", "is more than 999", StringComparison.Ordinal), "Bounds are exclusive.");
        });
        using var agent = await DriftedAsync(model.Url);
        using (var heal = await Shell.StartKintsugiAsync(new Dictionary<string, string>(), "heal", agent.Top))
        {
            await reached.Task.WaitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, LibC.Kill(heal.Id, 9));
            await heal.Ended.WaitAsync(TestContext.Current.CancellationToken);
        }

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Equal([(1, "reflect", true)], MovedField.Attempts(healed).Select(a => (a.N, a.Strategy, a.Passed)));
        Assert.InRange(model.Requests.Count, 3, 4); // the first answer is recalled where it was stored before the kill
    }

    [Fact]
    public async Task What_never_improves_is_a_failed_attempt_and_in_the_end_a_persons()
    {
        await using var model = await ScriptedModel.StartAsync(turn =>
            Task.FromResult(Propose("prompts/score.md", SmallAgents.Prompt + $"\nThought {turn.Asked.Split("\"lesson", StringSplitOptions.None).Length}.\n", "Think.")));
        using var agent = await DriftedAsync(model.Url, attempts: 1);

        var healed = await agent.KintsugiAsync(1, "heal", "--json");

        var attempt = Assert.Single(MovedField.Attempts(healed));
        Assert.StartsWith("change written: nothing: of 20 proposals none did better than the prompt as it is", attempt.Reason, StringComparison.Ordinal);
        Assert.Equal("escalated", MovedField.Document(healed)["outcome"]!.GetValue<string>());
        Assert.Equal(20, model.Requests.Count);
    }

    [Fact]
    public async Task A_prompt_that_mends_some_and_spoils_others_is_not_what_acceptance_takes()
    {
        await using var model = await ScriptedModel.StartAsync(
            Propose("prompts/score.md", SmallAgents.Prompt.Replace("is at least 1000", "is at least 90", StringComparison.Ordinal), "The bound is lower now."));
        using var agent = await DriftedAsync(model.Url, attempts: 1);

        var healed = await agent.KintsugiAsync(1, "heal", "--json");

        var attempt = Assert.Single(MovedField.Attempts(healed));
        Assert.StartsWith("all samples: ", attempt.Reason, StringComparison.Ordinal);
        Assert.Equal("escalated", MovedField.Document(healed)["outcome"]!.GetValue<string>());
    }

    [Fact]
    public async Task Where_every_sample_is_held_out_no_prompt_is_held_against_another()
    {
        await using var model = await ScriptedModel.StartAsync(Move.Says("Never asked."));
        using var agent = await DriftedAsync(model.Url, attempts: 1, split: "held_out");

        var healed = await agent.KintsugiAsync(1, "heal", "--json");

        Assert.StartsWith("change written: nothing: every sample is held out", Assert.Single(MovedField.Attempts(healed)).Reason, StringComparison.Ordinal);
        Assert.Empty(model.Requests);
    }

    /// <summary>It asks word for word the same, of draws that have the same numbers.</summary>
    [Fact]
    public async Task Another_incident_is_not_answered_from_the_recordings_of_the_first()
    {
        await using var model = await ScriptedModel.StartAsync(
            Propose("prompts/score.md", SmallAgents.Prompt.Replace("is at least 1000", "is at least 90", StringComparison.Ordinal), "The bound is lower now."));
        using var agent = await DriftedAsync(model.Url, attempts: 1);

        var first = MovedField.Document(await agent.KintsugiAsync(1, "heal", "--json"));
        agent.Write(".kintsugi/simulated.json", Drift.Replace("none", "additions", StringComparison.Ordinal));
        var second = MovedField.Document(await agent.KintsugiAsync(1, "heal", "--json"));

        Assert.NotEqual(first["incident"]!.GetValue<string>(), second["incident"]!.GetValue<string>());
        Assert.StartsWith("3 of 3 samples passed", Tried(first["attempts"]![0]!["writing"]!).First(), StringComparison.Ordinal);
        Assert.StartsWith("0 of 3 samples passed", Tried(second["attempts"]![0]!["writing"]!).First(), StringComparison.Ordinal);
    }

    /// <summary>An agent of protocol prompt that was blessed before its model changed.</summary>
    private static async Task<AgentRepository> DriftedAsync(string url, int attempts = 3, string? split = null)
    {
        var repository = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings("{ name: prompter, prompt: prompts/score.md, model: sim-large, response: json, processes: 2 }") + "gate: { epochs: { min: 1, max: 3 } }\n" + $$"""
                models:
                  providers: { sim: { kind: simulated }, writer: { kind: openai, url: "{{url}}", key: "secret-of-the-writer-4711" } }
                  roles: { agent: [sim], repair: [writer/scripted-1] }
                repair: { attempts: {{attempts}} }

                """),
            ("prompts/score.md", SmallAgents.Prompt),
            ("golden/leads.jsonl", Gold(split)),
            (".kintsugi/simulated.json", """{ "noise": 0 }"""));
        await repository.CommitAsync("Score leads");
        await repository.KintsugiAsync(0, "bless");
        await repository.CommitAsync("Bless");
        repository.Write(".kintsugi/simulated.json", Drift);
        return repository;
    }

    /// <summary>Every second case lies on the border that the drift moves.</summary>
    private static string Gold(string? split) => string.Concat(Enumerable.Range(0, 90).Select(n =>
    {
        var (employees, student) = (n % 2 == 0 ? 1000 : 20 + n, n % 5 == 0);
        return JsonSerializer.Serialize(new
        {
            id = string.Create(CultureInfo.InvariantCulture, $"lead-{n:000}"),
            input = new { employees, title = string.Create(CultureInfo.InvariantCulture, $"{(student ? "student" : "planner")} {n}") },
            target = new { score = 30 + (employees >= 1000 ? 30 : 0) - (student ? 10 : 0) },
            split,
        }, WithoutNulls) + "\n";
    }));

    private static Move Propose(string path, string content, string lesson) => Move.Of("propose", new { path, content, lesson });

    private static IEnumerable<string> Tried(JsonNode writing) =>
        writing["steps"]!.AsArray().Where(s => s!["tool"]!.GetValue<string>() == "tried").Select(s => s!["answered"]!.GetValue<string>());

    private static async Task AssertSeenAsync(ScriptedModel model, AgentRepository agent)
    {
        var sent = string.Concat(model.Requests.Select(r => r.ToJsonString()));
        Assert.Contains("is none of the prompts. They are prompts/score.md.", sent, StringComparison.Ordinal);
        Assert.Contains("That is the text as it is", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-the-writer", sent, StringComparison.Ordinal);
        var gold = await DatasetFile.ReadAsync([("gold", () => File.OpenRead(Path.Combine(agent.Top, "golden/leads.jsonl")))], 0.3, TestContext.Current.CancellationToken);
        Assert.Contains(gold.Visible, s => sent.Contains(s.Id, StringComparison.Ordinal));
        Assert.All(gold.HeldOut, s => Assert.DoesNotContain(s.Id, sent, StringComparison.Ordinal));
    }
}
