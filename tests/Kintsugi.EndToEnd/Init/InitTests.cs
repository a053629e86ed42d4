namespace Kintsugi.EndToEnd.Init;

/// <summary>From a project that knows nothing of Kintsugi to a healthy evaluation, as the first user goes.</summary>
public class InitTests
{
    [Fact]
    public async Task A_python_agent_is_under_care_after_three_commands()
    {
        using var agent = await AgentRepository.WithAsync(("requirements.txt", "openai\n"), ("main.py", "import openai\n"));

        var said = await agent.KintsugiAsync(0, "init");

        Assert.Contains("Recognised Python, OpenAI.", said.Output, StringComparison.Ordinal);
        await EvaluateAsync(agent);
        await HoldAgainstOwnGoldAsync(agent);
    }

    [Fact]
    public async Task A_node_agent_is_under_care_after_three_commands()
    {
        using var agent = await AgentRepository.WithAsync(("package.json", """{ "name": "agent", "dependencies": { "ai": "5" } }"""));

        var said = await agent.KintsugiAsync(0, "init");

        Assert.Contains("Recognised Node.js, Vercel AI SDK.", said.Output, StringComparison.Ordinal);
        await EvaluateAsync(agent);
        await HoldAgainstOwnGoldAsync(agent);
    }

    [Fact]
    public async Task A_dotnet_agent_is_under_care_when_its_program_calls_the_adapter()
    {
        using var agent = await AgentRepository.WithAsync(
            ("Agent.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup></Project>"""),
            ("Program.cs", "Console.WriteLine(\"How can I help?\");\n"));

        var said = await agent.KintsugiAsync(0, "init");
        agent.Write("Program.cs", """
            if (args is ["--kintsugi"])
            {
                await KintsugiAgent.RunAsync(async input => { await Task.Yield(); return new { answer = input.GetProperty("question").GetString() }; });
                return;
            }
            Console.WriteLine("How can I help?");
            """);

        Assert.Contains("KintsugiAgent.cs", said.Output, StringComparison.Ordinal);
        await EvaluateAsync(agent);
    }

    [Fact]
    public async Task Nothing_that_exists_is_overwritten()
    {
        using var agent = await AgentRepository.WithAsync(("main.py", ""), ("kintsugi_agent.py", "mine"), ("golden/samples.jsonl", "mine too"));

        var said = await agent.KintsugiAsync(0, "init");

        Assert.Equal(("mine", "mine too"), (agent.Read("kintsugi_agent.py"), agent.Read("golden/samples.jsonl")));
        Assert.Contains("kintsugi_agent.py exists already and is kept.", said.Output, StringComparison.Ordinal);

        var yaml = agent.Read("kintsugi.yaml");
        await agent.KintsugiAsync(0, "init");
        Assert.Equal(yaml, agent.Read("kintsugi.yaml"));
    }

    [Fact]
    public async Task A_dry_run_shows_the_files_and_writes_none()
    {
        using var agent = await AgentRepository.WithAsync(("main.py", ""));

        var said = await agent.KintsugiAsync(0, "init", "--dry-run");

        Assert.Contains("run: python3 kintsugi_agent.py", said.Output, StringComparison.Ordinal);
        Assert.Equal(["main.py"], Directory.GetFiles(agent.Top).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_link_is_not_followed_out_of_the_project()
    {
        using var agent = await AgentRepository.WithAsync(("main.py", ""));
        using var elsewhere = await AgentRepository.WithAsync();
        Directory.CreateSymbolicLink(Path.Combine(agent.Top, "golden"), elsewhere.Top);

        await agent.KintsugiAsync(2, "init");

        Assert.Empty(Directory.GetFiles(elsewhere.Top));
        Assert.False(File.Exists(Path.Combine(agent.Top, "kintsugi.yaml")));
    }

    private static async Task EvaluateAsync(AgentRepository agent)
    {
        await agent.CommitAsync("Put the agent under care");

        var first = await agent.KintsugiAsync(3, "eval");
        Assert.Contains("no_baseline", first.Output, StringComparison.Ordinal);
        Assert.Contains("100.0 %", first.Output, StringComparison.Ordinal);

        var blessed = await agent.KintsugiAsync(0, "bless");
        Assert.Contains("5 of 5 runs passed", blessed.Output, StringComparison.Ordinal);

        // One sample can hardly show that a version is healthy; that nothing is worse shows in the table.
        var second = await agent.KintsugiAsync(0, "eval", "--allow-insufficient");
        Assert.DoesNotContain("no_baseline", second.Output, StringComparison.Ordinal);
    }

    /// <summary>The next step of a person: cases of their own, as many as it takes to show that a version is healthy.</summary>
    private static async Task HoldAgainstOwnGoldAsync(AgentRepository agent)
    {
        agent.Write("golden/samples.jsonl", string.Concat(Enumerable.Range(1, 80).Select(n => $$$"""{"id":"case-{{{n}}}","input":{"question":"What costs {{{n}}} seats?"},"target":{"answer":"…"}}""" + "\n")));
        await agent.CommitAsync("Write the cases that count");
        await agent.KintsugiAsync(0, "bless");

        var healthy = await agent.KintsugiAsync(0, "eval");

        Assert.Contains("healthy", healthy.Output, StringComparison.Ordinal);
    }
}
