using System.Text.Json.Nodes;
using Kintsugi.Bench;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;

namespace Kintsugi.EndToEnd;

/// <summary>What comes after the first heal of a regression: other heads, other bases, the same incident.</summary>
[Collection(Drills.Name)]
public sealed class IncidentTests(ScenarioRuns runs)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_merged_fix_closes_its_incident_as_superseded()
    {
        var folder = await CopyAsync("prompt");
        await Shell.GitAsync(folder.Path, "merge", "-q", "--no-edit", Branch(await folder.FixesAsync(Cancellation)));

        var healed = await HealAsync(folder);

        var incident = Assert.Single(folder.Incidents());
        Assert.Equal((0, IncidentOutcome.Superseded), (healed.ExitStatus, incident.Outcome));
        Assert.Equal(2, incident.Log.Select(e => e.Event).OfType<Looked>().Count());
        Assert.Contains("superseded", healed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_later_head_that_is_still_bad_joins_the_incident_and_its_branch()
    {
        var folder = await CopyAsync("prompt");
        var fixes = await folder.FixesAsync(Cancellation);
        await File.AppendAllTextAsync(Path.Combine(folder.Path, "README.md"), "\nMore to come.\n", Cancellation);
        await Shell.GitAsync(folder.Path, "commit", "-qam", "Promise more");

        var healed = await HealAsync(folder);

        var incident = Assert.Single(folder.Incidents());
        Assert.Equal((0, IncidentOutcome.Proposed), (healed.ExitStatus, incident.Outcome));
        Assert.Equal(await Shell.GitAsync(folder.Path, "rev-parse", "HEAD"), incident.Head.Id);
        Assert.Equal(fixes, await folder.FixesAsync(Cancellation));
        Assert.Equal([1, 2], incident.Log.Select(e => e.Event).OfType<AttemptMade>().Select(a => a.Attempt.N));
    }

    [Fact]
    public async Task The_same_head_again_is_answered_from_the_log()
    {
        var folder = await CopyAsync("prompt");
        var before = Assert.Single(folder.Incidents()).Log.Count;

        Assert.Equal(0, (await HealAsync(folder)).ExitStatus);

        Assert.Equal(before, Assert.Single(folder.Incidents()).Log.Count);
    }

    [Fact]
    public async Task A_base_that_was_never_blessed_is_run_once_however_often_the_heal_is_taken_up()
    {
        var folder = await CopyAsync("code");
        var baseline = Path.Combine(folder.Path, ".kintsugi", "baseline.json");
        var good = JsonNode.Parse(await File.ReadAllTextAsync(baseline, Cancellation))!["commit"]!.GetValue<string>();
        foreach (var file in Directory.GetFiles(Path.Combine(folder.Path, ".kintsugi"), "kintsugi.db*")) File.Delete(file);
        File.Delete(baseline);

        await HealAsync(folder, "--base", good, "--until", "evaluate");
        await HealAsync(folder, "--base", good, "--until", "detect");

        var incident = Assert.Single(folder.Incidents());
        var taken = Assert.Single(incident.Log.Select(e => e.Event).OfType<BaselineTaken>());
        Assert.False(taken.Blessed);
        Assert.Equal(5 * taken.Outcomes.Count, taken.Cost.AgentRuns);
        Assert.NotNull(incident.Pairs);
    }

    [Fact]
    public async Task A_base_that_does_not_start_is_refused_and_says_why()
    {
        var folder = await CopyAsync("build");

        var healed = await HealAsync(folder, "--base", "HEAD", "--head", "HEAD");

        Assert.Equal(2, healed.ExitStatus);
        Assert.Contains("does not start", healed.Error, StringComparison.Ordinal);
        Assert.Contains("territory_map", healed.Error, StringComparison.Ordinal);
    }

    private async Task<DemoFolder> CopyAsync(string scenario) => await runs.CopyOfAsync(scenario, $"{scenario}-{Guid.NewGuid():N}", Cancellation);

    private static string Branch(IReadOnlyList<string> references) => Assert.Single(references)["refs/heads/".Length..];

    private static Task<CommandEnd> HealAsync(DemoFolder folder, params string[] options) =>
        new KintsugiCommand(["heal", folder.Path, .. options]).RunAsync(Cancellation);
}
