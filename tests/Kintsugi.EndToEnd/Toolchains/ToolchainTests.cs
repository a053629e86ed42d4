namespace Kintsugi.EndToEnd.Toolchains;

/// <summary>The toolchains of real agents, offline: what they install is in the layer of the build, and the agent runs over it.</summary>
public class ToolchainTests
{
    [Fact]
    public async Task Python_runs_from_a_virtual_environment()
    {
        BuiltAgent.SkipWithout("python3");
        using var agent = await BuiltAgent.MakePythonAsync();

        await BuiltAgent.AssertAllRightAsync(agent);
    }

    [Fact]
    public async Task Python_finds_what_pip_installs_without_an_environment()
    {
        BuiltAgent.SkipWithout("pip3");
        using var agent = await BuiltAgent.MakeAsync(
            "{ name: scorer, run: python3 agent.py }", "{ run: pip3 install --no-index --find-links vendor -r requirements.txt, inputs: [requirements.txt] }",
            ("agent.py", BuiltAgent.Python), ("requirements.txt", "scorerule==1.0\n"));
        agent.Write("vendor/" + Packages.WheelName, Packages.Wheel());
        await agent.CommitAsync("Begin");

        await BuiltAgent.AssertAllRightAsync(agent);
    }

    [Fact]
    public async Task Node_runs_with_its_modules()
    {
        BuiltAgent.SkipWithout("node", "npm");
        using var agent = await BuiltAgent.MakeAsync(
            "{ name: scorer, run: node agent.js }", "{ run: npm install --offline ./vendor/scorerule.tgz, inputs: [package.json, vendor/**] }",
            ("package.json", """{"name":"agent","version":"1.0.0","private":true}"""),
            ("agent.js", """
                const { score } = require("scorerule");
                require("readline").createInterface({ input: process.stdin }).on("line", line => {
                  const { id, epoch, input } = JSON.parse(line);
                  console.log(JSON.stringify({ id, epoch, output: { score: score(input.n) } }));
                });

                """));
        agent.Write("vendor/scorerule.tgz", Packages.Npm);
        await agent.CommitAsync("Begin");

        await BuiltAgent.AssertAllRightAsync(agent);
    }

    [Fact]
    public async Task Dotnet_restores_builds_and_runs_from_a_package_folder()
    {
        BuiltAgent.SkipWithout("dotnet");
        using var agent = await BuiltAgent.MakeAsync(
            "{ name: scorer, run: dotnet run --no-build, start_timeout: 60s, memory: 2GiB }",
            "{ run: dotnet build, inputs: ['*.cs', '*.csproj', nuget.config, vendor/**] }",
            ("nuget.config", """<configuration><packageSources><clear /><add key="vendor" value="vendor" /></packageSources></configuration>"""),
            ("agent.csproj", $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <UseAppHost>false</UseAppHost>
                  </PropertyGroup>
                  <ItemGroup><PackageReference Include="scorerule" Version="1.0.0" /></ItemGroup>
                </Project>
                """),
            ("Program.cs", """
                using System.Text.Json.Nodes;
                while (Console.ReadLine() is { } line)
                {
                    var asked = JsonNode.Parse(line)!;
                    var score = ScoreRule.Score((int)asked["input"]!["n"]!);
                    Console.WriteLine(new JsonObject { ["id"] = (string)asked["id"]!, ["epoch"] = (int)asked["epoch"]!, ["output"] = new JsonObject { ["score"] = score } }.ToJsonString());
                }

                """));
        agent.Write("vendor/scorerule.1.0.0.nupkg", Packages.NuGet());
        await agent.CommitAsync("Begin");

        await BuiltAgent.AssertAllRightAsync(agent);
    }

    [Fact]
    public async Task A_program_that_is_just_a_file_runs_without_a_build()
    {
        using var agent = await BuiltAgent.MakeAsync("{ name: scorer, protocol: exec, run: ./agent }", build: null);
        agent.Write("golden/s.jsonl", """{"id":"a","input":{"score":1},"target":{"score":1}}""" + "\n");
        agent.Write("agent", File.ReadAllBytes("/bin/cat")); // what it reads is the right answer
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(agent.Top, "agent"), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        await agent.CommitAsync("Begin");

        await BuiltAgent.AssertAllRightAsync(agent);
    }

    [Fact]
    public async Task A_build_compiles_a_program_that_needs_nothing_else()
    {
        BuiltAgent.SkipWithout("gcc");
        using var agent = await BuiltAgent.MakeAsync(
            "{ name: scorer, protocol: exec, run: ./agent }", "{ run: gcc -static -o agent agent.c, inputs: [agent.c] }",
            ("agent.c", """
                #include <stdio.h>
                int main(void) { int n; if (scanf("{\"n\":%d}", &n) != 1) return 1; printf("{\"score\":%d}\n", 2 * n + 1); return 0; }

                """));
        await agent.CommitAsync("Begin");

        await BuiltAgent.AssertAllRightAsync(agent);
    }
}
