using System.CommandLine;
using Kintsugi.Cli.Demo;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Cli.Verbs;

/// <summary>Makes, breaks and mends the sample agent.</summary>
internal static class DemoVerb
{
    public static Command Command()
    {
        var name = new Option<string>("--scenario") { Description = "What goes wrong; --list shows the choices.", DefaultValueFactory = _ => "prompt" };
        var directory = new Option<string?>("--directory") { Description = "Where to make the repository; must not exist or be empty. Default: a new one under the temporary directory." };
        var seed = new Option<int>("--seed") { Description = "Another seed is another history of the same fault.", DefaultValueFactory = _ => 1 };
        var list = new Option<bool>("--list") { Description = "List the scenarios." };
        var makeOnly = new Option<bool>("--make-only") { Description = "Make and bless the repository, and leave the heal to you." };
        var json = Edge.Json();
        return new Verb("demo", "Makes a repository with a sample agent, breaks it in one commit of several, and mends it. No key, no network: a simulated model answers.")
        {
            Options = { name, directory, seed, list, makeOnly, json },
            Writes = "a repository in --directory, with the agent's .kintsugi/ in it",
            Examples =
            [
                ("kintsugi demo", "a rubric line lost from the prompt, found and put back"),
                ("kintsugi demo --list", "what else can go wrong"),
                ("kintsugi demo --scenario data --seed 7 --directory /tmp/broken", "another fault, another history, kept where you say"),
            ],
            Exits = ExitStatus.Heal,
        }.Does(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(list))
            {
                foreach (var known in DemoScenarios.All) Console.Out.WriteLine($"{known.Name,-10} {known.Description}");
                return ExitStatus.Ok;
            }
            var scenario = DemoScenarios.All.FirstOrDefault(s => s.Name == parsed.GetValue(name))
                ?? throw new UsageException($"there is no scenario '{parsed.GetValue(name)}'. There are: {string.Join(", ", DemoScenarios.All.Select(s => s.Name))}.");
            var screen = new HealScreen(Console.Error, parsed.GetValue(json));
            var agent = await MakeAsync(scenario, parsed.GetValue(directory), parsed.GetValue(seed), screen, cancellationToken);
            if (parsed.GetValue(makeOnly))
            {
                Console.Out.WriteLine(agent);
                return ExitStatus.Ok;
            }
            await using var workspace = await Workspace.OpenAsync(agent, "HEAD", false, cancellationToken);
            screen.Say("kintsugi heal");
            var session = await HealSession.OpenAsync(workspace, null, parsed.GetValue(seed), null, screen, cancellationToken);
            return await HealVerb.FinishAsync(await session.DriveAsync(null, cancellationToken), session, screen, parsed.GetValue(json), gate: false, cancellationToken);
        });
    }

    /// <summary>Makes the repository, blesses its good version, and adds the commits in which something goes wrong.</summary>
    /// <returns>The agent's directory.</returns>
    private static async Task<string> MakeAsync(DemoScenario scenario, string? directory, int seed, HealScreen screen, CancellationToken cancellationToken)
    {
        var root = directory is null ? Directory.CreateTempSubdirectory("kintsugi-demo-").FullName : Path.GetFullPath(directory);
        if (directory is not null && Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any())
            throw new UsageException($"{root} is not empty. Choose another --directory.");
        screen.Say($"scenario {scenario.Name}: {scenario.Description}");
        var history = DemoHistories.Build(scenario, seed);
        var demo = new DemoRepository(root, history);
        await demo.MakeGoodAsync(cancellationToken);
        screen.Say($"made {demo.AgentDirectory}: a lead scorer in Python, {history.Commits.Count} commits");
        screen.Say("kintsugi bless");
        Baseline baseline;
        await using (var workspace = await Workspace.OpenAsync(demo.AgentDirectory, "HEAD", false, cancellationToken))
        {
            var dataset = await workspace.ReadDatasetAsync(cancellationToken);
            var scorers = await workspace.ScorersAsync(cancellationToken);
            baseline = await Blessing.BlessAsync(workspace, workspace.Stand(scorers, screen), dataset, scorers, cancellationToken);
        }
        var rate = IncidentReports.RateOf(baseline.Samples.Values.Select(s => s.Outcomes));
        screen.Say($"  blessed   {baseline.Samples.Count} samples × {baseline.Runs} runs, {rate.Passed} of {rate.Runs} passed");
        await demo.MakeRestAsync(cancellationToken);
        return demo.AgentDirectory;
    }
}
