using System.Text.Json.Nodes;
using Kintsugi.Bench;

namespace Kintsugi.EndToEnd;

/// <summary>One test for each exit status of `eval` and `heal` that a repository can bring about.</summary>
/// <remarks>`heal` with 0 and 1 for each outcome stands in <see cref="ScenarioTests"/>. No repository of the demo brings `flaky` or `budget` about.</remarks>
[Collection(Drills.Name)]
public sealed class ScenarioExitStatusTests(ScenarioRuns runs)
{
    private const string AlwaysDown = """{"failures":{"first_calls":1000000,"status":503}}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eval_of_a_healthy_version_is_0() =>
        Assert.Equal(0, await StatusAsync("eval", await CopyAsync("noise")));

    [Fact]
    public async Task Eval_of_a_regressed_version_is_1() =>
        Assert.Equal(1, await StatusAsync("eval", await CopyAsync("prompt")));

    [Theory]
    [InlineData("eval")]
    [InlineData("heal")]
    public async Task A_directory_without_a_kintsugi_file_is_2(string verb)
    {
        var folder = await CopyAsync("noise");

        Assert.Equal(2, await StatusAsync(verb, folder with { Path = Path.Combine(folder.Path, "prompts") }));
    }

    [Theory]
    [InlineData("eval", "--version")]
    [InlineData("heal", "--head")]
    public async Task A_version_that_does_not_exist_is_2(string verb, string option) =>
        Assert.Equal(2, await StatusAsync(verb, await CopyAsync("noise"), option, "no-such-version"));

    [Fact]
    public async Task Heal_without_a_blessed_version_is_2()
    {
        var folder = await CopyAsync("noise");
        File.Delete(BaselineOf(folder));

        Assert.Equal(2, await StatusAsync("heal", folder));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0, "--allow-insufficient")]
    public async Task Eval_without_a_baseline_is_3_unless_that_is_allowed(int expected, params string[] options)
    {
        var folder = await CopyAsync("noise");
        File.Delete(BaselineOf(folder));

        Assert.Equal(expected, await StatusAsync("eval", folder, options));
    }

    [Theory]
    [InlineData("eval")]
    [InlineData("heal")]
    public async Task A_baseline_of_other_samples_is_3(string verb)
    {
        var folder = await CopyAsync("noise");
        var baseline = JsonNode.Parse(await File.ReadAllTextAsync(BaselineOf(folder), Cancellation))!;
        foreach (var (_, sample) in baseline["samples"]!.AsObject()) sample!["hash"] = "0000";
        await File.WriteAllTextAsync(BaselineOf(folder), baseline.ToJsonString(), Cancellation);

        Assert.Equal(3, await StatusAsync(verb, folder));
    }

    [Fact]
    public async Task Eval_while_the_provider_is_down_is_4()
    {
        var folder = await CopyAsync("noise");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, ".kintsugi", "simulated.json"), AlwaysDown, Cancellation);

        Assert.Equal(4, await StatusAsync("eval", folder));
    }

    [Fact]
    public async Task Heal_while_the_provider_is_down_is_4_and_the_incident_stays_open()
    {
        var folder = await CopyAsync("noise");
        File.Delete(Path.Combine(folder.Path, ".kintsugi", "kintsugi.db")); // with its recordings, which could answer
        await File.WriteAllTextAsync(Path.Combine(folder.Path, ".kintsugi", "simulated.json"), AlwaysDown, Cancellation);

        Assert.Equal(4, await StatusAsync("heal", folder));
        Assert.Null(Assert.Single(folder.Incidents()).Outcome);
    }

    [Fact]
    public async Task Heal_of_an_incident_with_a_proposal_is_1_with_the_gate()
    {
        var folder = await CopyAsync("prompt");

        Assert.Equal(0, await StatusAsync("heal", folder));
        Assert.Equal(1, await StatusAsync("heal", folder, "--gate"));
        Assert.Single(await folder.FixesAsync(Cancellation));
    }

    [Fact]
    public async Task Heal_that_stops_at_a_stage_is_0_and_one_that_is_interrupted_130()
    {
        var folder = await CopyAsync("code");
        foreach (var file in Directory.GetFiles(Path.Combine(folder.Path, ".kintsugi"), "kintsugi.db*")) File.Delete(file);
        Assert.Equal(0, await StatusAsync("heal", folder, "--until", "evaluate"));
        var heal = folder.Heal(1);
        heal.OnLine = (_, process) => KintsugiCommand.Interrupt(process);

        var end = await heal.RunAsync(Cancellation);

        Assert.Equal(130, end.ExitStatus);
        Assert.Null(Assert.Single(folder.Incidents()).Outcome);
    }

    private async Task<DemoFolder> CopyAsync(string scenario) => await runs.CopyOfAsync(scenario, $"{scenario}-{Guid.NewGuid():N}", Cancellation);

    private static string BaselineOf(DemoFolder folder) => Path.Combine(folder.Path, ".kintsugi", "baseline.json");

    private static async Task<int> StatusAsync(string verb, DemoFolder folder, params string[] options) =>
        (await new KintsugiCommand([verb, folder.Path, .. options]).RunAsync(Cancellation)).ExitStatus;
}
