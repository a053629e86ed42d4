namespace Kintsugi.EndToEnd.Repair;

/// <summary>What the owner's policy does to a heal, from the file to the branch.</summary>
public class PolicyTests
{
    private const string RollBack = "rules:\n  - when: { cause: code }\n    do: roll_back\n    because: partners read the same export\n";

    [Fact]
    public async Task A_roll_back_takes_innocent_changes_with_it_and_says_so()
    {
        using var agent = await MakeAsync("repair: { policy: healing.yaml }\n", RollBack);

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Equal([(1, "roll_back", true)], MovedField.Attempts(healed).Select(a => (a.N, a.Strategy, a.Passed)));
        var document = MovedField.Document(healed);
        Assert.Equal(("repair", "roll_back", "healing.yaml(2)"), (document["diagnosis"]!["action"]!.GetValue<string>(), document["policy"]!["action"]!.GetValue<string>(), document["policy"]!["rule"]!.GetValue<string>()));
        var branch = document["proposal"]!["branch"]!.GetValue<string>();
        Assert.Equal("agent.py\ndata/limits.json\n", await Shell.GitAsync(agent.Top, "diff", "--name-only", $"HEAD...{branch}") + "\n");
        Assert.Equal("", await Shell.GitAsync(agent.Top, "diff", "HEAD~2", branch, "--", "agent.py", "data"));
        Assert.Matches("^Mend mover: roll back to [0-9a-f]+", await Shell.GitAsync(agent.Top, "log", "-1", "--format=%s", branch));
        var report = await File.ReadAllTextAsync(Path.ChangeExtension(document["report"]!.GetValue<string>(), ".md"), TestContext.Current.CancellationToken);
        Assert.Contains("innocent changes go too", report, StringComparison.Ordinal);
        Assert.Contains("partners read the same export", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Everything else that changed", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_roll_back_puts_nothing_back_that_may_not_be()
    {
        using var agent = await MakeAsync("repair: { policy: healing.yaml, never_restore: [data/**] }\n", RollBack);

        var healed = await agent.KintsugiAsync(1, "heal", "--json");

        var attempt = Assert.Single(MovedField.Attempts(healed));
        Assert.Equal("restore", attempt.Strategy);
        Assert.Contains("repair.never_restore", attempt.Reason, StringComparison.Ordinal);
        Assert.Contains("data/limits.json changed as well, which no repair puts back", MovedField.Document(healed)["policy"]!["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("", await Shell.GitAsync(agent.Top, "branch", "--list", "kintsugi/*"));
    }

    [Theory]
    [InlineData("quarantine", 0, "left_alone", "to be looked at: lead-")]
    [InlineData("escalate", 1, "escalated", "code: a person has to decide. The policy, healing.yaml(2), says escalate for severity high,")]
    public async Task A_rule_may_keep_a_repair_from_being_tried(string action, int status, string outcome, string reason)
    {
        using var agent = await MakeAsync("repair: { policy: healing.yaml }\n", RollBack.Replace("roll_back", action, StringComparison.Ordinal));

        var healed = await agent.KintsugiAsync(status, "heal", "--json");

        Assert.Empty(MovedField.Attempts(healed));
        Assert.Equal(outcome, MovedField.Document(healed)["outcome"]!.GetValue<string>());
        Assert.Contains(reason, MovedField.Document(healed)["reason"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_writes_is_told_the_wishes_and_never_the_rules(bool wasMoved)
    {
        Move[] script =
        [
            Move.Of("read", new { path = "healing.yaml" }),
            Move.Of("edit", new { path = "healing.yaml", old = "repair", @new = "escalate" }),
            Move.Of("write", new { path = "healing.yaml", content = "rules: []\n" }),
            Move.Of("run", new { command = "cat healing.yaml; grep -rn 'never tell' . ; true" }),
            Move.Of("search", new { pattern = "never tell" }),
            .. MovedField.HonestFix,
        ];
        await using var model = await ScriptedModel.StartAsync(script);
        using var agent = await MakeAsync(
            MovedField.Models(model.Url).Replace("never_restore", "policy: healing.yaml, never_restore", StringComparison.Ordinal),
            "wishes: Read the new name.\nrules:\n  - do: repair\n    because: never tell\n");
        if (wasMoved)
        {
            agent.Write("ops/healing.yaml", agent.Read("healing.yaml")); // and what lies at the former place is still nobody's
            agent.Edit("kintsugi.yaml", "policy: healing.yaml", "policy: ops/healing.yaml");
            await agent.CommitAsync("Move what operators decide");
        }

        var healed = await agent.KintsugiAsync(0, "heal", "--json");

        Assert.Equal((2, "rewrite", true), MovedField.Attempts(healed).Select(a => (a.N, a.Strategy, a.Passed)).Last());
        var sent = string.Concat(model.Requests.Select(r => r.ToJsonString()));
        Assert.Contains("Read the new name.", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("because: never tell", sent, StringComparison.Ordinal);
        Assert.Contains("There is no file", sent, StringComparison.Ordinal);
        Assert.Contains("healing.yaml: No such file", sent, StringComparison.Ordinal);
        Assert.Contains("decides whether a repair passes", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rules:\n  - do: rollback\n", "healing.yaml(2): 'rules[0].do' is 'rollback'. Did you mean 'roll_back'?")]
    [InlineData(null, "kintsugi.yaml: the file 'healing.yaml' of `repair.policy` is not in commit")]
    [InlineData("rules: []\n", "kintsugi.yaml: 'healing.yaml' of `repair.policy` is a directory. Name a file in it.", "healing.yaml/rules.yaml")]
    public async Task A_policy_that_cannot_be_read_is_said_before_anything_is_run(string? policy, string message, string file = "healing.yaml")
    {
        using var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", Protocols.SmallAgents.Settings("{ name: mover, run: python3 agent.py }") + "repair: { policy: healing.yaml }\n"), ("golden/leads.jsonl", Protocols.SmallAgents.Gold(3)));
        if (policy is not null) agent.Write(file, policy);
        await agent.CommitAsync("Begin");

        Assert.Contains(message, (await agent.KintsugiAsync(2, "heal", "--json")).Error, StringComparison.Ordinal);
    }

    /// <summary>The field has moved, and an innocent comment came after it.</summary>
    private static async Task<AgentRepository> MakeAsync(string repair, string policy)
    {
        var agent = await MovedField.MakeAsync(repair, [("healing.yaml", policy)]);
        agent.Edit("agent.py", "points -= 10\n", "points -= 10  # they rarely buy\n");
        await agent.CommitAsync("Say why students count less");
        return agent;
    }
}
