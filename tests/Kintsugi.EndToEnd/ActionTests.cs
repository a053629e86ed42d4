using System.Globalization;
using System.Text;
using Kintsugi.EndToEnd.Protocols;
using Kintsugi.Tests.Forge;
using YamlDotNet.RepresentationModel;

namespace Kintsugi.EndToEnd;

/// <summary>What action.yml does, from a checkout to the comment, and what `kintsugi ci` does of each event.</summary>
public sealed class ActionTests(ITestOutputHelper output) : IDisposable
{
    private const string Sample = "samples/gtm-agent";

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20); // it builds Kintsugi

    private readonly DirectoryInfo _runner = Directory.CreateTempSubdirectory("kintsugi-runner-");

    public void Dispose() => _runner.Delete(recursive: true);

    [Fact]
    public async Task The_action_builds_itself_evaluates_the_sample_agent_and_says_so_once_under_its_pull_request()
    {
        using var agent = await SampleAgentAsync();
        var (good, bad) = await ProposeAsync(agent);
        await using var github = await StrictGitHub.StartAsync(TestContext.Current.CancellationToken);
        await github.Git.LoadAsync(agent.Top, TestContext.Current.CancellationToken);
        var number = github.AddIssue("tom", "Tidy the prompt.");
        var action = await CheckOutAsync("action");
        var variables = Job(github, agent, action, Pull(number, bad, good, github.Repository));
        var began = TimeProvider.System.GetTimestamp();

        var first = await RunAsync(agent.Top, variables);
        var built = TimeProvider.System.GetElapsedTime(began);
        var second = await RunAsync(agent.Top, variables);

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"From checkout to comment in {built.TotalSeconds:0.0} s, with the programs cached in {TimeProvider.System.GetElapsedTime(began).TotalSeconds - built.TotalSeconds:0.0} s."));
        Assert.True(first.Status == 1 && first.Output.Contains("regressed", StringComparison.Ordinal), first.Output + first.Error);
        Assert.True(second.Status == 1, second.Output + second.Error);
        Assert.DoesNotContain("could not be written", first.Error, StringComparison.Ordinal);
        var comment = Assert.Single(github.Issues.Single(i => i.Number == number).Comments);
        Assert.Contains("Worse than the blessed version", comment.Body, StringComparison.Ordinal);
        var check = Assert.Single(github.Checks);
        Assert.Equal((bad, "kintsugi / samples/gtm-agent", "failure"), (check.Commit, check.Name, check.Conclusion));
        Assert.Contains("Worse than the blessed version", await File.ReadAllTextAsync(Path.Combine(_runner.FullName, "summary.md"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(StrictGitHub.Token, first.Output + first.Error + second.Output + second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forks_pull_request_is_judged_from_recordings_and_nothing_is_written_at_the_forge()
    {
        using var agent = await SmallAgentAsync();
        var good = await Shell.GitAsync(agent.Top, "rev-parse", "HEAD");
        agent.Edit("agent.py", "LARGE = 1000", "LARGE = 100000");
        agent.Edit("kintsugi.yaml", "within: 0", "within: 1000");
        Directory.CreateDirectory(Path.Combine(agent.Top, "another"));
        File.Copy(Path.Combine(agent.Top, "kintsugi.yaml"), Path.Combine(agent.Top, "another", "kintsugi.yaml"));
        var bad = await agent.CommitAsync("Improve");
        await using var github = await StrictGitHub.StartAsync(TestContext.Current.CancellationToken);

        var ended = await CiAsync(agent, Job(github, agent, "", Pull(7, bad, good, "mallory/agent")), 1);

        Assert.Contains("another: new in this pull request, and a fork's: not evaluated", ended.Output, StringComparison.Ordinal);

        Assert.Contains("gets no key and no write token", ended.Output, StringComparison.Ordinal);
        Assert.Empty(github.Requests);
        Assert.Contains("Replay only: a stranger", await File.ReadAllTextAsync(Path.Combine(_runner.FullName, "summary.md"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pull_request_has_one_comment_and_one_check_that_follow_its_head()
    {
        using var agent = await SmallAgentAsync();
        var good = await Shell.GitAsync(agent.Top, "rev-parse", "HEAD");
        agent.Edit("agent.py", "LARGE = 1000", "LARGE = 100000");
        var bad = await agent.CommitAsync("Improve");
        agent.Edit("agent.py", "LARGE = 100000", "LARGE = 1_000");
        var mended = await agent.CommitAsync("Mend");
        await using var github = await StrictGitHub.StartAsync(TestContext.Current.CancellationToken);
        await github.Git.LoadAsync(agent.Top, TestContext.Current.CancellationToken);
        var number = github.AddIssue("tom", "Improve.");

        var first = await CiAsync(agent, Job(github, agent, "", Pull(number, bad, good, github.Repository)), 1);
        await CiAsync(agent, Job(github, agent, "", Pull(number, bad, good, github.Repository)), 1);
        await CiAsync(agent, Job(github, agent, "", Pull(number, mended, good, github.Repository)), 0);

        Assert.DoesNotContain("could not be written", first.Error, StringComparison.Ordinal);
        Assert.Contains("No worse than the blessed version", Assert.Single(github.Issues.Single(i => i.Number == number).Comments).Body, StringComparison.Ordinal);
        Assert.Equal([(bad, "failure"), (mended, "success")], github.Checks.Select(c => (c.Commit, c.Conclusion)));
    }

    [Fact]
    public async Task A_forge_that_refuses_the_comment_takes_nothing_from_the_verdict()
    {
        using var agent = await SmallAgentAsync();
        var good = await Shell.GitAsync(agent.Top, "rev-parse", "HEAD");
        agent.Edit("agent.py", "LARGE = 1000", "LARGE = 100000");
        var bad = await agent.CommitAsync("Improve");
        await using var github = await StrictGitHub.StartAsync(TestContext.Current.CancellationToken);
        var variables = Job(github, agent, "", Pull(7, bad, good, github.Repository));
        variables["GITHUB_TOKEN"] = "ghp_wrong";

        var ended = await CiAsync(agent, variables, 1);

        Assert.Contains("could not be written under the pull request", ended.Error, StringComparison.Ordinal);
        Assert.Contains("regressed", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_pushed_to_the_main_branch_is_healed_and_the_job_is_red_while_the_bad_version_is_in_use()
    {
        using var agent = await SmallAgentAsync();
        await using var github = await StrictGitHub.StartAsync(TestContext.Current.CancellationToken);
        var same = await CiAsync(agent, Job(github, agent, "", Push(await Shell.GitAsync(agent.Top, "rev-parse", "HEAD")), "push"), 0);
        agent.Edit("agent.py", "LARGE = 1000", "LARGE = 100000");
        var bad = await agent.CommitAsync("Improve");

        var healed = await CiAsync(agent, Job(github, agent, "", Push(bad), "push"), 1);

        Assert.Contains("as it was blessed: not run", same.Output, StringComparison.Ordinal);
        Assert.Contains("proposed:", healed.Output, StringComparison.Ordinal);
        Assert.NotEmpty(await Shell.GitAsync(agent.Top, "branch", "--list", "kintsugi/*"));
    }

    [Fact]
    public async Task A_deployment_that_fails_at_the_platform_of_a_version_that_starts_here_is_one_issue_with_its_log()
    {
        using var agent = await SmallAgentAsync();
        agent.Edit("agent.py", "import json", "# tidy\nimport json");
        var commit = await agent.CommitAsync("Tidy");
        await using var github = await StrictGitHub.StartAsync(TestContext.Current.CancellationToken);
        var log = Path.Combine(_runner.FullName, "platform.log");
        await File.WriteAllTextAsync(log, "pulling image\n@everyone out of memory: killed\n", TestContext.Current.CancellationToken);
        await Shell.GitAsync(agent.Top, "update-ref", "refs/remotes/origin/main", commit);
        var payload = Deployment(commit, "failure");

        await CiAsync(agent, Job(github, agent, "", payload, "deployment_status"), 1, "--log", log);
        await CiAsync(agent, Job(github, agent, "", payload, "deployment_status"), 1, "--log", log);

        var issue = Assert.Single(github.Issues);
        Assert.Contains("exit code 137", issue.Body, StringComparison.Ordinal);
        Assert.Contains("out of memory: killed", issue.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("@everyone", issue.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("success")]
    [InlineData("failure")]
    public async Task A_deployed_version_that_is_not_of_the_default_branch_is_not_run_and_one_that_cannot_be_told_is_an_error(string state)
    {
        using var agent = await SmallAgentAsync();
        var main = await Shell.GitAsync(agent.Top, "rev-parse", "HEAD");
        agent.Edit("agent.py", "LARGE = 1000", "LARGE = 100000");
        var preview = await agent.CommitAsync("Try something");
        await using var github = await StrictGitHub.StartAsync(TestContext.Current.CancellationToken);

        var unknown = await CiAsync(agent, Job(github, agent, "", Deployment(preview, state), "deployment_status"), 2);
        await Shell.GitAsync(agent.Top, "update-ref", "refs/remotes/origin/main", main);
        var refused = await CiAsync(agent, Job(github, agent, "", Deployment(preview, state), "deployment_status"), 0);

        Assert.Contains("fetch-depth: 0", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("is not of the default branch", refused.Output, StringComparison.Ordinal);
        Assert.Empty(github.Requests);
        Assert.Empty(await Shell.GitAsync(agent.Top, "branch", "--list", "kintsugi/*"));
    }

    [Fact]
    public async Task A_deployed_version_of_the_default_branch_is_healed_also_when_the_branch_is_ahead_of_it()
    {
        using var agent = await SmallAgentAsync();
        agent.Edit("agent.py", "LARGE = 1000", "LARGE = 100000");
        var bad = await agent.CommitAsync("Improve");
        agent.Write("README.md", "Later.\n");
        await Shell.GitAsync(agent.Top, "update-ref", "refs/remotes/origin/main", await agent.CommitAsync("Describe"));
        await using var github = await StrictGitHub.StartAsync(TestContext.Current.CancellationToken);

        var healed = await CiAsync(agent, Job(github, agent, "", Deployment(bad, "success"), "deployment_status"), 1);

        Assert.Contains("proposed:", healed.Output, StringComparison.Ordinal);
    }

    /// <summary>Every `run` of action.yml in order, as a runner has them run: bash, and what a step leaves for the next by files.</summary>
    private static async Task<Ended> RunAsync(string workspace, Dictionary<string, string> variables)
    {
        var yaml = new YamlStream();
        using (var reader = File.OpenText(Path.Combine(Checkout.Root, "action.yml"))) yaml.Load(reader);
        var steps = ((YamlSequenceNode)yaml.Documents[0].RootNode["runs"]["steps"]).Cast<YamlMappingNode>().Where(step => step.Children.ContainsKey("run")).ToList();
        Assert.Equal(3, steps.Count);
        var (told, complaints) = (new StringBuilder(), new StringBuilder());
        foreach (var step in steps)
        {
            var environment = new Dictionary<string, string>(variables);
            foreach (var line in await File.ReadAllLinesAsync(variables["GITHUB_ENV"], TestContext.Current.CancellationToken)) environment[line.Split('=')[0]] = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..];
            if (step.Children.TryGetValue("env", out var own))
                foreach (var (name, value) in ((YamlMappingNode)own).Children) environment[name.ToString()] = Expand(value.ToString());
            using var process = await Shell.StartAsync(["/usr/bin/env", "-C", workspace, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].ToString()], environment);
            await process.Input.DisposeAsync();
            var (said, complained) = (new StreamReader(process.Output).ReadToEndAsync(), new StreamReader(process.Error).ReadToEndAsync());
            var status = await process.Ended.WaitAsync(Longest, TestContext.Current.CancellationToken);
            told.Append(await said);
            complaints.Append(await complained);
            if (status != 0) return new Ended(status, told.ToString(), complaints.ToString());
        }
        return new Ended(0, told.ToString(), complaints.ToString());
    }

    /// <summary>The action's inputs by their defaults.</summary>
    private static string Expand(string value) => value switch
    {
        "${{ inputs.directory }}" => Sample,
        "${{ inputs.token }}" => StrictGitHub.Token,
        "${{ inputs.allow-insufficient }}" => "false",
        "${{ inputs.log }}" => "",
        _ => throw new ArgumentException($"The test does not know {value}."),
    };

    private Dictionary<string, string> Job(StrictGitHub github, AgentRepository agent, string action, string payload, string name = "pull_request")
    {
        var file = Path.Combine(_runner.FullName, "event.json");
        File.WriteAllText(file, payload);
        foreach (var empty in new[] { "env", "output", "summary.md" }) File.WriteAllText(Path.Combine(_runner.FullName, empty), "");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root ? root : "/usr/share/dotnet";
        var variables = new Dictionary<string, string>
        {
            ["GITHUB_ACTIONS"] = "true",
            ["GITHUB_ACTION_PATH"] = action,
            ["GITHUB_WORKSPACE"] = agent.Top,
            ["GITHUB_EVENT_NAME"] = name,
            ["GITHUB_EVENT_PATH"] = file,
            ["GITHUB_REPOSITORY"] = github.Repository,
            ["GITHUB_API_URL"] = github.Root.ToString().TrimEnd('/'),
            ["GITHUB_TOKEN"] = StrictGitHub.Token,
            ["GITHUB_ENV"] = Path.Combine(_runner.FullName, "env"),
            ["GITHUB_OUTPUT"] = Path.Combine(_runner.FullName, "output"),
            ["GITHUB_STEP_SUMMARY"] = Path.Combine(_runner.FullName, "summary.md"),
            ["HOME"] = Directory.CreateDirectory(Path.Combine(_runner.FullName, "home")).FullName,
            ["PATH"] = $"/usr/bin:/bin:{dotnet}", // git, the SDK, what Debian has of itself, gcc, bwrap and the agent's Python
            ["KINTSUGI_CACHE"] = Directory.CreateDirectory(Path.Combine(_runner.FullName, "layers")).FullName,
        };
        if (PackagesOfThisMachine() is { } packages) variables["NUGET_PACKAGES"] = packages; // not the claim, and minutes
        return variables;
    }

    private static string? PackagesOfThisMachine() =>
        new[] { Environment.GetEnvironmentVariable("NUGET_PACKAGES"), Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages") }.FirstOrDefault(p => p is { Length: > 0 } && Directory.Exists(p));

    /// <summary>The tracked files of this checkout, as a runner has an action: without git's own, and without what was built.</summary>
    private async Task<string> CheckOutAsync(string name)
    {
        var place = Path.Combine(_runner.FullName, name);
        var files = await Shell.GitAsync(Checkout.Root, "ls-files", "--cached", "--others", "--exclude-standard");
        foreach (var file in files.Split('\n').Where(f => File.Exists(Path.Combine(Checkout.Root, f))))
        {
            var to = Path.Combine(place, file);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(Path.Combine(Checkout.Root, file), to);
        }
        return place;
    }

    private static async Task<AgentRepository> SampleAgentAsync()
    {
        var files = (await Shell.GitAsync(Checkout.Root, "ls-files", Sample)).Split('\n');
        var agent = await AgentRepository.WithAsync([.. files.Select(f => (f, File.ReadAllText(Path.Combine(Checkout.Root, f))))]);
        await agent.CommitAsync("Score leads");
        var blessed = await Shell.KintsugiAsync("bless", "--dir", Path.Combine(agent.Top, Sample));
        Assert.True(blessed.Status == 0, blessed.Error);
        await agent.CommitAsync("Bless");
        return agent;
    }

    /// <summary>Loses rules of the sample's prompt in a commit on top.</summary>
    private static async Task<(string Good, string Bad)> ProposeAsync(AgentRepository agent)
    {
        var good = await Shell.GitAsync(agent.Top, "rev-parse", "HEAD");
        var prompt = (await Shell.GitAsync(agent.Top, "ls-files", Sample + "/prompts")).Split('\n')[0];
        agent.Write(prompt, string.Join('\n', agent.Read(prompt).Split('\n').Where(line => !line.StartsWith("- Add", StringComparison.Ordinal))));
        return (good, await agent.CommitAsync("Tidy the prompt"));
    }

    private static async Task<AgentRepository> SmallAgentAsync()
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings("{ name: scorer, run: python3 agent.py, protocol: exec }")), ("golden/leads.jsonl", SmallAgents.Gold(30)), ("agent.py", SmallAgents.Program));
        await agent.CommitAsync("Score leads");
        await agent.KintsugiAsync(0, "bless");
        await agent.CommitAsync("Bless");
        return agent;
    }

    private static Task<Ended> CiAsync(AgentRepository agent, Dictionary<string, string> variables, int status, params string[] options) => agent.KintsugiAsync(status, variables, "ci", options);

    private static string Pull(int number, string head, string from, string repository) =>
        $$$$"""{"action":"synchronize","pull_request":{"number":{{{{number}}}},"head":{"ref":"feature","sha":"{{{{head}}}}","repo":{"full_name":"{{{{repository}}}}"}},"base":{"ref":"main","sha":"{{{{from}}}}","repo":{"full_name":"ann/agent"} } } }""";

    private static string Push(string commit) => $$$"""{"ref":"refs/heads/main","after":"{{{commit}}}","repository":{"default_branch":"main"} }""";

    private static string Deployment(string commit, string state) =>
        $$$"""{"deployment":{"sha":"{{{commit}}}","environment":"production"},"deployment_status":{"state":"{{{state}}}","description":"exit code 137"},"repository":{"default_branch":"main"} }""";
}
