using System.Globalization;
using System.Text.Json.Nodes;
using Kintsugi.Sandbox.Processes;
using Microsoft.Data.Sqlite;

namespace Kintsugi.EndToEnd.Repair;

/// <summary>Several scripted models that write side by side: which of their changes is judged, and what becomes of the others.</summary>
public class CandidateTests
{
    /// <summary>Mends every failing sample, and spoils the others: almost all companies count as large.</summary>
    private static readonly Move[] Cheat =
    [
        Move.Of("edit", new { path = "agent.py", old = MovedField.Held, @new = "limits().get(\"large\", 2)" }),
        Move.Of("submit", new { summary = "All failing samples pass now." }),
    ];

    [Fact]
    public async Task Of_two_changes_the_one_that_spoils_other_samples_loses_and_the_attempt_says_so()
    {
        await using var first = await ScriptedModel.StartAsync(Cheat);
        await using var second = await ScriptedModel.StartAsync(MovedField.HonestFix);
        using var agent = await MovedField.MakeAsync(Models(first.Url, second.Url));

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Equal([(1, "restore", false), (2, "rewrite", true)], MovedField.Attempts(healed).Select(a => (a.N, a.Strategy, a.Passed)));
        var candidates = CandidatesOf(healed, attempt: 2);
        Assert.Equal(["one/scripted-1", "two/scripted-1"], candidates.Select(c => c["model"]!.GetValue<string>()));
        Assert.Equal([false, true], candidates.Select(c => c["chosen"]!.GetValue<bool>()));
        Assert.All(candidates, c => Assert.True(c["runs"]!.GetValue<int>() >= 40));
        Assert.True(candidates[0]["passed"]!.GetValue<int>() < candidates[0]["runs"]!.GetValue<int>());
        Assert.Equal(candidates[1]["runs"]!.GetValue<int>(), candidates[1]["passed"]!.GetValue<int>());
        Assert.Contains("Candidate 1 (one/scripted-1): ", await ReportAsync(healed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_best_of_useless_changes_is_refused_on_runs_of_its_own_and_the_next_attempt_hears_of_all()
    {
        await using var first = await ScriptedModel.StartAsync(Cheat);
        await using var second = await ScriptedModel.StartAsync(
            Move.Of("edit", new { path = "agent.py", old = "    points = 30\n", @new = "    import time\n    time.sleep(1)\n    points = 30\n" }), Cheat[^1]);
        using var agent = await MovedField.MakeAsync(Models(first.Url, second.Url));

        var healed = await agent.KintsugiAsync(1, "heal", "--json");

        var attempts = MovedField.Attempts(healed);
        Assert.Equal(["restore", "rewrite", "rewrite"], attempts.Select(a => a.Strategy));
        Assert.StartsWith("all samples: ", attempts[1].Reason, StringComparison.Ordinal);
        var candidates = CandidatesOf(healed, attempt: 2);
        Assert.Equal([true, false], candidates.Select(c => c["chosen"]!.GetValue<bool>()));
        Assert.Equal([0, 0], candidates.Select(c => c["runs"]!.GetValue<int>())); // the only one left is not ranked
        Assert.StartsWith("patch gate: agent.py:12 waits", candidates[1]["refusal"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("Candidate 2 (two/scripted-1): refused, patch gate: agent.py:12 waits", first.Requests[^1].ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_refused_spoils_nothing_beside_one_that_is_right()
    {
        await using var first = await ScriptedModel.StartAsync(Cheat);
        await using var second = await ScriptedModel.StartAsync(MovedField.HonestFix);
        (first.Down, first.Words) = (400, """{"error":{"message":"This model does not take tools.","type":"invalid_request_error"}}""");
        using var agent = await MovedField.MakeAsync(Models(first.Url, second.Url));

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        var candidates = CandidatesOf(healed, attempt: 2);
        Assert.Contains("does not take tools", candidates[0]["refusal"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal([false, true], candidates.Select(c => c["chosen"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task What_a_candidate_ran_before_its_model_was_refused_is_paid_for_all_the_same()
    {
        ScriptedModel? self = null;
        await using var first = self = await ScriptedModel.StartAsync(turn =>
        {
            if (turn.Number == 4) (self!.Down, self.Words) = (400, """{"error":{"message":"This model does not take so many tools.","type":"invalid_request_error"}}""");
            return Task.FromResult(MovedField.HonestFix[turn.Number]);
        });
        await using var second = await ScriptedModel.StartAsync(MovedField.HonestFix);
        using var agent = await MovedField.MakeAsync(Models(first.Url, second.Url));

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Contains("does not take so many tools", CandidatesOf(healed, attempt: 2)[0]["refusal"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(RunsSinceTheBlessing(agent), MovedField.Document(healed)["cost"]!["agent_runs"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_model_that_is_down_is_stood_in_for_and_all_of_them_down_is_the_world()
    {
        await using var first = await ScriptedModel.StartAsync(MovedField.HonestFix);
        await using var second = await ScriptedModel.StartAsync(MovedField.HonestFix);
        (first.Down, second.Down) = (401, 401);
        using var agent = await MovedField.MakeAsync(Models(first.Url, second.Url));

        var failed = await agent.KintsugiAsync(4, "heal", "--json");
        second.Down = null;
        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Contains("not counted", failed.Error, StringComparison.Ordinal);
        Assert.Equal([(1, false), (2, true)], MovedField.Attempts(healed).Select(a => (a.N, a.Passed)));
        Assert.Equal(["two/scripted-1", "two/scripted-1"], CandidatesOf(healed, attempt: 2).Select(c => c["model"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_heal_that_is_killed_while_they_write_begins_again_from_what_is_recorded()
    {
        var reached = new TaskCompletionSource();
        await using var first = await ScriptedModel.StartAsync(MovedField.HonestFix);
        await using var second = await ScriptedModel.StartAsync(async turn =>
        {
            if (turn.Number == 3 && reached.TrySetResult()) await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
            return MovedField.HonestFix[turn.Number];
        });
        using var agent = await MovedField.MakeAsync(Models(first.Url, second.Url));
        using (var heal = await Shell.StartKintsugiAsync(new Dictionary<string, string>(), "heal", agent.Top))
        {
            await reached.Task.WaitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, LibC.Kill(heal.Id, 9));
            await heal.Ended.WaitAsync(TestContext.Current.CancellationToken);
        }

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Equal([(1, "restore", false), (2, "rewrite", true)], MovedField.Attempts(healed).Select(a => (a.N, a.Strategy, a.Passed)));
        Assert.Equal(["one/scripted-1", "two/scripted-1"], CandidatesOf(healed, attempt: 2).Select(c => c["model"]!.GetValue<string>()));
    }

    private static int RunsSinceTheBlessing(AgentRepository agent)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(agent.Top, ".kintsugi/kintsugi.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from result join eval_run on eval_run.id = result.run where eval_run.purpose <> 'bless'";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static List<JsonObject> CandidatesOf(Ended healed, int attempt) =>
        [.. MovedField.Document(healed)["attempts"]![attempt - 1]!["writing"]!["candidates"]!.AsArray().Select(c => (JsonObject)c!)];

    private static Task<string> ReportAsync(Ended healed) =>
        File.ReadAllTextAsync(Path.ChangeExtension(MovedField.Document(healed)["report"]!.GetValue<string>(), ".md"), TestContext.Current.CancellationToken);

    /// <summary>Two models are two candidates, without anybody asking for them.</summary>
    private static string Models(string first, string second) => $$"""
        models:
          providers: { sim: { kind: simulated }, one: { kind: openai, url: "{{first}}", key: "secret-one" }, two: { kind: openai, url: "{{second}}", key: "secret-two" } }
          roles: { agent: [sim], repair: [one/scripted-a, two/scripted-b] }
        repair: { attempts: 2, never_restore: [data/**] }

        """;
}
