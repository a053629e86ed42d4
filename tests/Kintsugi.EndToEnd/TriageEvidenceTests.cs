using System.Text.Json;
using Kintsugi.Bench;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Triage;

namespace Kintsugi.EndToEnd;

/// <summary>What real heals show for their cause: proofs on fresh runs, what the failures say, what the model said then and now.</summary>
[Collection(Drills.Name)]
public sealed class TriageEvidenceTests(ScenarioRuns runs)
{
    [Theory]
    [InlineData("prompt")]
    [InlineData("code")]
    [InlineData("tool")]
    [InlineData("data")]
    [InlineData("model")]
    public async Task The_component_at_fault_is_proven_both_ways_on_fresh_runs(string scenario)
    {
        var swap = (await runs.FolderOfAsync(scenario)).Incidents().Single().Swap!;

        Assert.Equal(scenario, Words.Snake(Assert.Single(swap.Blamed)));
        Assert.Equal([(false, TrialOutcome.Good), (true, TrialOutcome.Bad)], swap.Proofs!.Select(p => (p.MustBeBad, p.Outcome)));
        Assert.InRange(swap.Fit, 0.05, 1);
        Assert.InRange(swap.Proofs!.Sum(p => p.Runs), 10, 40); // what it may cost
    }

    [Fact]
    public async Task A_regression_is_told_by_what_its_failures_say()
    {
        var failures = (await ShowAsync("prompt")).GetProperty("failures");

        var clusters = failures.GetProperty("clusters").EnumerateArray().ToList();
        Assert.Equal(failures.GetProperty("failing").GetInt32(), clusters.Sum(c => c.GetProperty("count").GetInt32()));
        Assert.All(clusters, c => Assert.Equal(c.GetProperty("count").GetInt32(), c.GetProperty("samples").GetArrayLength()));
        Assert.InRange(clusters.Count, 1, 5);
        Assert.Contains("expected", clusters[0].GetProperty("says").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(0, failures.GetProperty("held_out_failing").GetInt32());
        Assert.NotEqual(0, failures.GetProperty("suspect_steps").GetArrayLength());
    }

    [Fact]
    public async Task The_reports_show_clusters_and_suspects_and_call_the_latter_an_opinion()
    {
        var folder = await runs.FolderOfAsync("prompt");

        foreach (var report in new[] { "report.md", "report.html" })
        {
            var text = await File.ReadAllTextAsync(Directory.EnumerateFiles(folder.Path, report, SearchOption.AllDirectories).Single(), TestContext.Current.CancellationToken);
            Assert.Contains("What the failures say", text, StringComparison.Ordinal);
            Assert.Contains("it proves nothing", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_drift_of_the_model_rests_on_what_it_said_then_and_now()
    {
        var told = await ShowAsync("drift");
        var diagnosis = told.GetProperty("diagnosis");
        var evidence = diagnosis.GetProperty("evidence").EnumerateArray().Select(e => e.GetString()!).ToList();

        Assert.Contains(evidence, e => e.Contains("answered otherwise than up to the blessing", StringComparison.Ordinal));
        Assert.Contains(evidence, e => e.Contains("another fingerprint", StringComparison.Ordinal));
        Assert.Equal(0.99, diagnosis.GetProperty("confidence").GetDouble());
        Assert.Equal(JsonValueKind.Null, told.GetProperty("failures").ValueKind);
    }

    private async Task<JsonElement> ShowAsync(string scenario)
    {
        var folder = await runs.FolderOfAsync(scenario);
        var shown = await new KintsugiCommand("incident", "show", folder.Incidents().Single().Incident, "--dir", folder.Path, "--json").RunAsync(TestContext.Current.CancellationToken);
        return shown.Document;
    }
}
