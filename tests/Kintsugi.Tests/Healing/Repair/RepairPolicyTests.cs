using System.Text;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Triage;
using NJsonSchema;

namespace Kintsugi.Tests.Healing.Repair;

public class RepairPolicyTests
{
    private const string Example = """
        wishes: Keep prompts short.
        rules:
          - when: { severity: critical, confidence: { below: 0.9 } }
            do: escalate
            because: a person looks at critical ones that are not certain
          - when: { cause: [code, dependency], fixability: none }
            do: roll_back
          - when: { confidence: { at_least: 0.5, below: 0.6 } }
            do: quarantine
          - when: { cause: model_drift }
            do: retry

        """;

    [Theory]
    [InlineData(Severity.Critical, 0.89, Fixability.Restorable, Cause.Code, "escalate from line 3")]
    [InlineData(Severity.Critical, 0.90, Fixability.Restorable, Cause.Code, null)]
    [InlineData(Severity.High, 0.10, Fixability.None, Cause.Dependency, "roll_back from line 6")]
    [InlineData(Severity.Critical, 0.10, Fixability.None, Cause.Dependency, "escalate from line 3")] // the first that matches
    [InlineData(Severity.High, 0.99, Fixability.Writable, Cause.Code, null)]
    [InlineData(Severity.Low, 0.50, Fixability.Restorable, Cause.Prompt, "quarantine from line 8")]
    [InlineData(Severity.Low, 0.60, Fixability.Restorable, Cause.Prompt, null)]
    [InlineData(Severity.Low, 0.99, Fixability.None, Cause.ModelDrift, "retry from line 10")]
    public void The_first_rule_that_matches_on_every_axis_decides(Severity severity, double confidence, Fixability fixability, Cause cause, string? expected)
    {
        var rule = Read(Example).Choose(severity, confidence, fixability, cause);

        Assert.Equal(expected, rule is null ? null : $"{Kintsugi.Healing.Incidents.Words.Snake(rule.Do)} from line {rule.Line}");
    }

    [Fact]
    public void Wishes_and_reasons_are_the_owners_words()
    {
        var policy = Read(Example);

        Assert.Equal("Keep prompts short.", policy.Wishes);
        Assert.Equal("a person looks at critical ones that are not certain", policy.Rules[0].Because);
        Assert.Null(policy.Rules[1].Because);
    }

    [Theory]
    [InlineData(false, 1.0, 0.91, Severity.Low)]
    [InlineData(false, 1.0, 0.90, Severity.Medium)]
    [InlineData(false, 0.9, 0.61, Severity.Medium)]
    [InlineData(false, 0.9, 0.60, Severity.High)]
    [InlineData(false, 0.9, 0.95, Severity.Low)] // the floor broke, or a slice
    [InlineData(true, 1.0, 0.99, Severity.Critical)]
    public void Severity_is_of_critical_samples_and_of_the_drop_in_the_pass_rate(bool criticalBroke, double before, double after, Severity expected) =>
        Assert.Equal(expected, Severities.Of(criticalBroke, Share(before), Share(after)));

    [Fact]
    public void A_drop_that_is_not_known_is_not_harmless() => Assert.Equal(Severity.High, Severities.Of(false, new Rate(0, 0, 0, 1), Share(0.5)));

    [Theory]
    [InlineData("rules:\n  - when: { sevrity: high }\n    do: escalate\n", "healing.yaml(2): The key 'rules[0].when.sevrity' is not known. Did you mean 'severity'?")]
    [InlineData("rules:\n  - do: rollback\n", "healing.yaml(2): 'rules[0].do' is 'rollback'. Did you mean 'roll_back'?")]
    [InlineData("wishs: short\n", "healing.yaml(1): The key 'wishs' is not known. Did you mean 'wishes'?")]
    [InlineData("rules:\n  - when: { cause: code }\n", "healing.yaml(2): 'rules[0].do' is missing. Add it: What is done. One of repair, roll_back, repin, quarantine, retry, escalate.")]
    [InlineData("rules:\n  - when: { cause: cod }\n    do: repair\n", "healing.yaml(2): 'rules[0].when.cause' is 'cod'. Did you mean 'code'?")]
    [InlineData("rules:\n  - when: { cause: [] }\n    do: repair\n", "healing.yaml(2): 'rules[0].when.cause' is an empty list.")]
    [InlineData("rules:\n  - when: { confidence: { below: 9 } }\n    do: repair\n", "healing.yaml(2): 'rules[0].when.confidence.below' is '9' (a number). Write a number of at least 0 and at most 1.")]
    [InlineData("rules:\n  - when: { confidence: { below: 0.5, at_least: 0.5 } }\n    do: repair\n", "healing.yaml(2): 'confidence' has a 'below' that is not above its 'at_least'")]
    [InlineData("rules: none\n", "healing.yaml(1): 'rules' is 'none' (text). Write a list.")]
    [InlineData("", "healing.yaml(1): The file is empty. Begin with `rules:`.")]
    [InlineData("a: &x 1\n", "healing.yaml(1): Anchors")]
    public void What_does_not_fit_is_refused_by_line_with_the_nearest_word(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<BadFileException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_published_schema_is_the_readers_own_table()
    {
        // After a wanted change of the table, this file is the one to publish.
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "healing.schema.json"), RepairPolicyFile.Schema());

        Assert.Equal(RepairPolicyFile.Schema(), File.ReadAllText(Repository.PathOf("docs/healing.schema.json")));
    }

    [Fact]
    public async Task The_schema_accepts_what_the_reader_accepts()
    {
        var schema = await JsonSchema.FromJsonAsync(RepairPolicyFile.Schema(), TestContext.Current.CancellationToken);

        Assert.Empty(schema.Validate(AgentFileReader.Read(Example, "healing.yaml").ToJson().ToJsonString()));
    }

    [Fact]
    public void No_repair_changes_the_policy_and_nobody_who_writes_sees_it()
    {
        var agent = new AgentDefinition
        {
            Name = "a",
            Protocol = AgentProtocol.Jsonl,
            Datasets = ["gold.jsonl"],
            Scorers = [],
            Repair = new RepairDefinition(MayChange: ["**"], PolicyFile: "ops/healing.yaml"),
        };
        var files = new AgentFiles(agent, "bots/a", []);

        Assert.True(files.IsJudge("bots/a/ops/healing.yaml"));
        Assert.False(files.MayChange("bots/a/ops/healing.yaml"));
        Assert.False(files.IsShown("bots/a/ops/healing.yaml"));
        Assert.Null(files.ComponentOf("bots/a/ops/healing.yaml")); // how it is repaired is not what it is
        Assert.True(files.MayChange("bots/a/ops/other.yaml"));
    }

    [Fact]
    public void A_policy_that_was_moved_is_shown_at_neither_place()
    {
        var agent = AgentFile.Load("agent: { name: a, run: r }\ndataset: gold.jsonl\nscorers: [{ exact: {} }]\nrepair: { policy: ops/healing.yaml }\n", AgentFile.FileName, _ => null);
        var files = new AgentFiles(agent with { Repair = agent.Repair with { FormerPolicyFile = "healing.yaml" } }, "", []);

        Assert.All((string[])["ops/healing.yaml", "healing.yaml"], path => Assert.False(files.IsShown(path)));
        Assert.Null(files.ComponentOf("healing.yaml"));
    }

    [Theory]
    [InlineData("{}", "{ cause: code }", true)]
    [InlineData("{ cause: [code, prompt], severity: high }", "{ cause: code, severity: high, fixability: none }", true)]
    [InlineData("{ confidence: { at_least: 0.5 } }", "{ confidence: { at_least: 0.5, below: 0.9 } }", true)]
    [InlineData("{ cause: code }", "{}", false)]
    [InlineData("{ cause: code }", "{ cause: [code, prompt] }", false)]
    [InlineData("{ confidence: { below: 0.9 } }", "{ confidence: { at_least: 0.5 } }", false)]
    [InlineData("{ severity: high }", "{ cause: code }", false)]
    public void A_rule_that_one_before_it_covers_is_warned_of(string first, string second, bool isNeverReached)
    {
        var policy = Read($"rules:\n  - when: {first}\n    do: escalate\n  - when: {second}\n    do: repair\n");

        string[] expected = isNeverReached ? ["healing.yaml(4): the rule is never reached, since the one in line 2 matches whatever it does. Put it before that one, or remove it."] : [];
        Assert.Equal(expected, policy.Warnings);
    }

    private static RepairPolicy Read(string text) => RepairPolicyFile.Read(Encoding.UTF8.GetBytes(text), "healing.yaml");

    private static Rate Share(double rate) => new((int)Math.Round(rate * 100), 100, 0, 1);
}
