using System.Text.Json;

namespace Kintsugi.EndToEnd.Toolchains;

public class BuildTests
{
    [Fact]
    public async Task A_version_that_cannot_be_built_is_regressed_and_its_cause_is_the_build()
    {
        using var agent = await BuiltAgent.MakePythonAsync();
        await agent.KintsugiAsync(0, "bless");
        agent.Edit("requirements.txt", "scorerule==1.0", "scorerule==1.1");
        await agent.CommitAsync("Take the new rule");

        var evaluated = await agent.KintsugiAsync(1, "eval");
        var healed = await agent.KintsugiAsync(0, "heal", "--json", "--until", "triage");

        Assert.Contains("The agent does not start: The build failed (exit code 1).", evaluated.Output, StringComparison.Ordinal);
        Assert.Contains("scorerule==1.1", evaluated.Output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(healed.Output);
        Assert.Equal("build", document.RootElement.GetProperty("diagnosis").GetProperty("cause").GetString());
        Assert.Equal("requirements.txt", document.RootElement.GetProperty("diagnosis").GetProperty("culprit")[0].GetProperty("file").GetString());
    }

    [Fact]
    public async Task Pip_and_npm_install_from_a_registry_whose_token_the_build_never_holds()
    {
        BuiltAgent.SkipWithout("npm");
        await using var registry = await PrivateRegistry.StartAsync();
        using var agent = await BuiltAgent.MakeAsync(
            "{ name: scorer, run: .venv/bin/python agent.py }",
            $$$"""
            { run: sh build.sh, inputs: [build.sh, requirements.txt], network: [{ url: '{{{registry.Url}}}', headers: { Authorization: 'Bearer ${TEAM_TOKEN}' } }], secrets: [TEAM_TOKEN] }
            """,
            ("agent.py", BuiltAgent.Python), ("requirements.txt", "scorerule==1.0\n"),
            ("build.sh", """
                set -e
                python3 -m venv .venv
                .venv/bin/pip install --index-url "$KINTSUGI_REGISTRY_1/simple/" -r requirements.txt
                npm install --registry "$KINTSUGI_REGISTRY_1" scorerule
                test -e node_modules/scorerule/index.js
                ! env | grep -q s3cret

                """));
        await agent.CommitAsync("Begin");

        var refused = await agent.KintsugiAsync(4, new Dictionary<string, string> { ["TEAM_TOKEN"] = "stale" }, "eval");
        await agent.KintsugiAsync(0, new Dictionary<string, string> { ["TEAM_TOKEN"] = PrivateRegistry.Token }, "eval", "--allow-insufficient");

        Assert.Contains("it answered 401. Correct the variables that 'build.secrets' names.", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_build_that_wants_a_host_that_is_not_listed_says_nothing_about_the_version()
    {
        using var agent = await BuiltAgent.MakeAsync(
            "{ name: scorer, run: python3 agent.py }", "{ run: python3 build.py, inputs: [build.py] }",
            ("agent.py", BuiltAgent.Python), ("build.py", "import urllib.request\nurllib.request.urlopen('https://packages.invalid/a')\n"));
        await agent.CommitAsync("Begin");

        var ended = await agent.KintsugiAsync(4, "eval");

        Assert.Contains("blocked: packages.invalid; add it under build.network.", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_build_sees_no_gold()
    {
        using var agent = await BuiltAgent.MakeAsync(
            "{ name: scorer, run: python3 agent.py }", "{ run: sh build.sh, inputs: [build.sh] }", ("agent.py", BuiltAgent.Python),
            ("build.sh", "test -e agent.py && ! test -e golden/s.jsonl && echo 'def score(n): return 2 * n + 1' > scorerule.py\n"));
        await agent.CommitAsync("Begin");

        await BuiltAgent.AssertAllRightAsync(agent);
    }
}
