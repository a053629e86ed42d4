using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Triage;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Healing.Repair;

public class WritersTests
{
    private const string Models = "models: { providers: { sim: { kind: simulated }, n: { kind: openai, url: \"http://127.0.0.1:1/v1\" } }, roles: { agent: [sim], repair: ROUTE } }\n";

    [Theory]
    [InlineData("", "")]
    [InlineData(Models, "rewrite", "[n/m]")]
    [InlineData(Models, "", "[sim/sim-large]")] // the simulated provider writes nothing
    [InlineData(Models, "", "[n/m, sim/sim-large]")] // nor as a fallback
    [InlineData("repair: { delegate: \"coder --yes\" }\n", "delegate")]
    [InlineData("repair: { delegate: \" \" }\n", "")]
    [InlineData(Models + "repair: { delegate: coder }\n", "rewrite delegate", "[n/m]")]
    public void Models_of_role_repair_and_a_command_line_are_writers(string more, string expected, string route = "") =>
        Assert.Equal(expected, string.Join(' ', Writers.Of(Agent(more.Replace("ROUTE", route, StringComparison.Ordinal)), new Isolation("B", "")).Strategies));

    [Theory]
    [InlineData(Cause.Code, "rewrite delegate", "rewrite delegate")]
    [InlineData(Cause.Prompt, "rewrite delegate", "rewrite delegate reflect")]
    [InlineData(Cause.Prompt, "delegate", "delegate")] // nobody to reflect
    [InlineData(Cause.ModelDrift, "rewrite delegate", "reflect")]
    [InlineData(Cause.ModelDrift, "delegate", "")]
    public void A_model_that_reflects_is_for_prompts_and_for_models_that_changed(Cause cause, string strategies, string expected) =>
        Assert.Equal(expected, string.Join(' ', new Writers(strategies.Split(' ')).For(cause)));

    [Fact]
    public void Without_a_sandbox_that_holds_foreign_code_there_is_none_and_it_is_said_only_where_one_was_asked_for()
    {
        var none = new Isolation("E", "NONE");

        Assert.Contains("tier A, B or C only, and here is tier E", Writers.Of(Agent("repair: { delegate: coder }\n"), none).WhyNot, StringComparison.Ordinal);
        Assert.Empty(Writers.Of(Agent("repair: { delegate: coder }\n"), none).Strategies);
        Assert.Null(Writers.Of(Agent(""), none).WhyNot);
    }

    [Theory]
    [InlineData("my-coder --yes", "my-coder")]
    [InlineData("  ROUND=1 KEY='a b' OTHER=\"c d\" python3 tools/fixer.py", "python3")]
    [InlineData("tools/fix.sh", "tools/fix.sh")]
    [InlineData("$CODER --yes", null)]
    [InlineData("(cd a && b)", null)]
    [InlineData("\"my coder\" --yes", null)]
    [InlineData("A=$(b) c", null)]
    public void The_program_of_a_command_line_is_its_first_word_where_that_is_plain(string commandLine, string? program) =>
        Assert.Equal(program, DelegateProgram.Of(commandLine));

    private static AgentDefinition Agent(string more) =>
        AgentFile.Load($"agent: {{ name: a, run: r }}\ndataset: g.jsonl\nscorers: [{{ exact: {{}} }}]\n{more}", AgentFile.FileName, _ => null);
}
