using System.Text;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Tests.Evaluation.Agents;

public class InitDetectorTests
{
    private static InitPlan Detect(params (string Path, string Text)[] files) =>
        InitDetector.Detect("My agent!", [.. files.Select(f => f.Path)], path => files.First(f => f.Path == path).Text);

    [Theory]
    [InlineData("requirements.txt", "openai==1.2\n", "python", "OpenAI")]
    [InlineData("pyproject.toml", "dependencies = [\"anthropic>=0.3\"]", "python", "Anthropic")]
    [InlineData("pyproject.toml", "dependencies = [\"langgraph\", 'x']", "python", "LangGraph")]
    [InlineData("requirements-dev.txt", "langchain_core", "python", "LangChain")]
    [InlineData("requirements.txt", "llama-index[all]", "python", "LlamaIndex")]
    [InlineData("requirements.txt", "crewai\r\n", "python", "CrewAI")]
    [InlineData("requirements.txt", "pydantic-ai", "python", "Pydantic AI")]
    [InlineData("agent.py", "from autogen_agentchat.agents import A\n", "python", "AutoGen")]
    [InlineData("agent.py", "import openai\n", "python", "OpenAI")]
    [InlineData("package.json", "{\"dependencies\":{\"ai\":\"^5\"}}", "node", "Vercel AI SDK")]
    [InlineData("package.json", "{\"dependencies\":{\"@mastra/core\":\"1\"}}", "node", "Mastra")]
    [InlineData("package.json", "{\"dependencies\":{\"@langchain/langgraph\":\"1\"}}", "node", "LangGraph")]
    [InlineData("A.csproj", "<PackageReference Include=\"Microsoft.Extensions.AI\" Version=\"10\" />", "dotnet", "Microsoft.Extensions.AI")]
    [InlineData("A.csproj", "<PackageReference Include=\"Microsoft.SemanticKernel\" />", "dotnet", "Semantic Kernel")]
    [InlineData("A.csproj", "<PackageReference Include=\"Microsoft.Agents.AI\" />", "dotnet", "Microsoft Agent Framework")]
    [InlineData("requirements.txt", "flask\nopenai-whisper\n", "python", null)]
    [InlineData("README.md", "openai", "unknown", null)]
    public async Task A_project_is_recognised_and_its_plan_loads(string path, string text, string language, string? framework)
    {
        var plan = Detect((path, text));

        Assert.Equal(language, plan.Language);
        Assert.Equal(framework is null ? [] : [framework], plan.Frameworks);
        var agent = AgentFile.Load(plan.Files[0].Content, plan.Files[0].Path, _ => null);
        Assert.Equal("My-agent", agent.Name);
        Assert.Empty(agent.Warnings);
        var gold = plan.Files.Single(f => f.Path == agent.Datasets[0]).Content;
        var dataset = await DatasetFile.ReadAsync(
            [("gold", () => new MemoryStream(Encoding.UTF8.GetBytes(gold)))], agent.Repair.HeldOut, TestContext.Current.CancellationToken);
        Assert.Single(dataset.Samples);
    }

    [Fact]
    public void An_agent_that_speaks_the_line_protocol_needs_no_adapter()
    {
        var plan = Detect(("agent.py", "for line in sys.stdin: print({\"id\": 1, \"epoch\": 2, \"output\": 3})"), ("tests/test_a.py", ""), ("prompts/a.md", ""));

        Assert.Equal(["kintsugi.yaml", "golden/samples.jsonl"], plan.Files.Select(f => f.Path));
        var agent = AgentFile.Load(plan.Files[0].Content, "kintsugi.yaml", _ => null);
        Assert.Equal(("python3 agent.py", "python3 -m unittest discover -q tests"), (agent.Run, agent.Test));
        Assert.Equal(Component.Prompt, Assert.Single(agent.Components).Component);
    }

    [Fact]
    public void What_exists_is_never_planned()
    {
        Assert.Empty(Detect(("kintsugi.yaml", "mine"), ("agent.py", "")).Files);
        Assert.Equal(["kintsugi.yaml"], Detect(("kintsugi_agent.py", "mine"), ("golden/samples.jsonl", "mine")).Files.Select(f => f.Path));
    }

    [Fact]
    public void A_hostile_file_name_is_proposed_nowhere()
    {
        var plan = Detect(("$(reboot).py", "sys.stdin \"epoch\" \"output\""), ("-rf.py", "sys.stdin \"epoch\" \"output\""), ("a b.csproj", ""));

        Assert.DoesNotContain("reboot", plan.Files[0].Content, StringComparison.Ordinal);
        Assert.DoesNotContain("-rf", plan.Files[0].Content, StringComparison.Ordinal);
    }
}
