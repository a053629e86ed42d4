using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Tests.Evaluation.Agents;

public class AgentVersionsTests
{
    private static AgentDefinition Agent(string more = "") => AgentFile.Load(
        """
        agent: { name: a, run: r }
        dataset: golden/leads.jsonl
        spec: [tests/**, docs/rules.md]
        components:
          prompt: [prompts/**, ../../shared/prompts/**]
          data: [data/**]
          dependency: ["requirements*.txt", "*.lock"]
        scorers: [{ exact: {} }]

        """ + more,
        AgentFile.FileName, _ => null);

    private static (string Path, string Mode, string Blob) File(string path, string blob = "b1", string mode = "100644") => (path, mode, blob);

    private static readonly (string Path, string Mode, string Blob)[] Tree =
    [
        File("agents/gtm/kintsugi.yaml"), File("agents/gtm/agent.py"), File("agents/gtm/prompts/score.md"), File("agents/gtm/golden/leads.jsonl"),
        File("agents/gtm/tests/test_agent.py"), File("agents/gtm/README.md"), File("agents/gtm/docs/rules.md"), File("agents/gtm/data/crm.json"),
        File("agents/gtm/poetry.lock"), File("shared/prompts/tone.md"), File("shared/lib.py"), File("other/agent.py"),
    ];

    [Theory]
    [InlineData("agents/gtm/agent.py", Component.Code)]
    [InlineData("agents/gtm/kintsugi.yaml", Component.Code)]
    [InlineData("agents/gtm/prompts/deep/score.md", Component.Prompt)]
    [InlineData("agents/gtm/prompts/a file\nwith -- odd name.md", Component.Prompt)]
    [InlineData("shared/prompts/tone.md", Component.Prompt)]
    [InlineData("agents/gtm/data/crm.json", Component.Data)]
    [InlineData("agents/gtm/poetry.lock", Component.Dependency)]
    [InlineData("agents/gtm/sub/poetry.lock", Component.Code)]
    [InlineData("agents/gtm/Prompts/score.txt", Component.Code)]
    [InlineData("agents/gtm/-rf", Component.Code)]
    [InlineData("agents/gtm/golden/leads.jsonl", null)]
    [InlineData("agents/gtm/tests/test_agent.py", null)]
    [InlineData("agents/gtm/docs/rules.md", null)]
    [InlineData("agents/gtm/README.md", null)]
    [InlineData("agents/gtm/.kintsugi/baseline.json", null)]
    [InlineData("agents/gtm2/agent.py", null)]
    [InlineData("shared/lib.py", null)]
    public void A_file_belongs_to_the_first_component_whose_glob_matches(string path, Component? component) =>
        Assert.Equal(component, new AgentFiles(Agent(), "agents/gtm", Tree.Select(f => f.Path)).ComponentOf(path));

    [Fact]
    public void A_rubric_judges_the_agent_and_is_none_of_it()
    {
        var agent = AgentFile.Load("agent: { name: a, run: r }\ndataset: d.jsonl\nscorers: [{ judge: { rubric: rubrics/tone.txt } }]\nrepair: { may_change: [\"**\"] }\n", AgentFile.FileName, _ => null);
        var files = new AgentFiles(agent, "agents/gtm", []);

        Assert.Null(files.ComponentOf("agents/gtm/rubrics/tone.txt"));
        Assert.True(files.Judges("agents/gtm/rubrics/tone.txt"));
        Assert.False(files.MayChange("agents/gtm/rubrics/tone.txt"));
        Assert.True(files.MayChange("agents/gtm/rubrics/other.txt"));
    }

    [Fact]
    public void A_directory_with_its_own_kintsugi_yaml_is_another_agent()
    {
        var files = new AgentFiles(Agent(), "", ["kintsugi.yaml", "agent.py", "inner/kintsugi.yaml", "inner/agent.py"]);

        Assert.Equal(Component.Code, files.ComponentOf("agent.py"));
        Assert.Null(files.ComponentOf("inner/agent.py"));
    }

    [Theory]
    [InlineData("agents/gtm/prompts/score.md", Component.Prompt)]
    [InlineData("agents/gtm/agent.py", Component.Code)]
    [InlineData("shared/prompts/tone.md", Component.Prompt)]
    public void A_changed_file_changes_its_component_and_the_manifest_alone(string path, Component changed)
    {
        var before = AgentVersions.Compute(Tree, "agents/gtm", Agent());
        var after = AgentVersions.Compute([.. Tree.Select(f => f.Path == path ? f with { Blob = "b2" } : f)], "agents/gtm", Agent());

        Assert.NotEqual(before.Manifest, after.Manifest);
        Assert.Equal([changed], Enum.GetValues<Component>().Where(c => before.ByComponent[c] != after.ByComponent[c]));
    }

    [Theory]
    [InlineData("agents/gtm/golden/leads.jsonl")]
    [InlineData("agents/gtm/README.md")]
    [InlineData("other/agent.py")]
    public void What_is_not_of_the_agent_does_not_change_the_manifest(string path) => Assert.Equal(
        AgentVersions.Compute(Tree, "agents/gtm", Agent()).Manifest,
        AgentVersions.Compute([.. Tree.Select(f => f.Path == path ? f with { Blob = "b2" } : f)], "agents/gtm", Agent()).Manifest);

    [Fact]
    public void The_order_of_files_does_not_matter_and_the_mode_does()
    {
        var hashes = AgentVersions.Compute(Tree, "agents/gtm", Agent());

        Assert.Equal(hashes.Manifest, AgentVersions.Compute([.. Tree.Reverse()], "agents/gtm", Agent()).Manifest);
        Assert.NotEqual(hashes.Manifest, AgentVersions.Compute([.. Tree.Select(f => f with { Mode = "100755" })], "agents/gtm", Agent()).Manifest);
    }

    [Fact]
    public void A_glob_that_matches_nothing_is_a_warning_that_names_it()
    {
        var warning = Assert.Single(AgentVersions.Compute(Tree, "agents/gtm", Agent()).Warnings);

        Assert.StartsWith("kintsugi.yaml: the glob 'requirements*.txt' of components.dependency matches no tracked file.", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("agents/gtm/prompts/score.md", true)]
    [InlineData("agents/gtm/agent.py", true)]
    [InlineData("agents/gtm/data/crm.json", false)]
    [InlineData("agents/gtm/golden/leads.jsonl", false)]
    [InlineData("agents/gtm/tests/helper.py", false)]
    [InlineData("agents/gtm/test_agent.py", false)]
    [InlineData("agents/gtm/docs/rules.md", false)]
    [InlineData("agents/gtm/kintsugi.yaml", false)]
    [InlineData("agents/gtm/.github/workflows/ci.py", false)]
    [InlineData("agents/gtm/.GitHub/workflows/ci.py", false)]
    public void A_repair_changes_what_it_may_and_never_what_judges_it(string path, bool may) => Assert.Equal(
        may, new AgentFiles(Agent("repair: { may_change: [prompts/**, \"**/*.py\", golden/**, kintsugi.yaml, docs/**] }"), "agents/gtm", []).MayChange(path));

    [Fact]
    public void Globs_say_what_is_gold_intended_adopted_and_built_from()
    {
        var files = new AgentFiles(Agent("repair: { never_restore: [migrations/**] }\nbuild: { run: make, inputs: [Makefile] }"), "agents/gtm", []);

        Assert.True(files.IsGold("agents/gtm/golden/leads.jsonl"));
        Assert.True(files.IsSpec("agents/gtm/docs/rules.md"));
        Assert.True(files.IsNeverRestored("agents/gtm/migrations/1.sql"));
        Assert.True(files.IsBuildInput("agents/gtm/Makefile"));
        Assert.False(files.IsBuildInput("Makefile"));
    }

    [Theory]
    [InlineData("agents/gtm", "golden/a.jsonl", "agents/gtm/golden/a.jsonl")]
    [InlineData("agents/gtm", "../../shared/a.jsonl", "shared/a.jsonl")]
    [InlineData("", "./a.jsonl", "a.jsonl")]
    [InlineData("agents", "../../a.jsonl", null)]
    public void A_path_of_the_file_is_found_from_the_top_or_nowhere(string agentPath, string relative, string? fromTop) =>
        Assert.Equal(fromTop, AgentFiles.FromTop(agentPath, relative));

    [Fact]
    public void Without_a_list_a_repair_may_change_the_agents_components_alone()
    {
        var files = new AgentFiles(Agent(), "agents/gtm", []);

        Assert.True(files.MayChange("agents/gtm/data/crm.json"));
        Assert.False(files.MayChange("agents/gtm/README.md"));
        Assert.False(files.MayChange("other/agent.py"));
    }

    [Theory]
    [InlineData("rubrics/tone.md", true)]
    [InlineData("scoring/check.py", true)]
    [InlineData("scoring/reference/a.json", true)]
    [InlineData("lib/judge.dll", true)]
    [InlineData("out.schema.json", true)]
    [InlineData("schemas/answer.json", false)]
    [InlineData("scoring/other.py", false)]
    [InlineData("agent.py", false)]
    public void What_a_scorer_names_is_the_scorers_unless_a_component_names_it_too(string path, bool scorers)
    {
        var files = new AgentFiles(Judged(), "agents/gtm", []);
        var fromTop = "agents/gtm/" + path;

        Assert.Equal(scorers, files.IsScorers(fromTop));
        Assert.Equal(!scorers, files.IsShownToWriters(fromTop));
        Assert.Equal(!scorers, files.MayChange(fromTop));
        Assert.True(files.IsShown(fromTop), "the agent itself sees what it saw");
        Assert.Equal(scorers || path == "schemas/answer.json", files.IsNamedByScorer(fromTop));
    }

    [Fact]
    public void A_command_that_names_the_agents_directory_hides_nothing()
    {
        var files = new AgentFiles(AgentFile.Load("agent: { name: a, run: r }\ndataset: g.jsonl\nscorers: [{ command: { run: \"cd . && cd ../ && cd ../gtm && ls / .\" } }]\n", "kintsugi.yaml", _ => null), "agents/gtm", []);

        Assert.True(files.IsShownToWriters("agents/gtm/agent.py"));
    }

    private static AgentDefinition Judged() => AgentFile.Load(
        """
        agent: { name: a, run: r }
        components: { schema: [schemas/**] }
        dataset: golden/leads.jsonl
        scorers:
          - judge: { rubric: rubrics/tone.md }
          - command: { run: "PYTHONPATH=lib python3 './scoring/check.py' --against=scoring/reference" }
          - json_schema: { schema: schemas/answer.json }
          - json_schema: { schema: out.schema.json }
          - evaluator: { type: "Own.Judge, judge", assembly: lib/judge.dll }
        """, "kintsugi.yaml", _ => null);
}
