using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Kintsugi.Cli.Demo;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;
using Kintsugi.Storage;

namespace Kintsugi.EndToEnd;

/// <summary>What a reviewer reads of each scenario: the body of its pull request, or of the issue where a person has to decide, to the letter but for times, ids and the machine.</summary>
[Collection(Drills.Name)]
public sealed partial class PullRequestBodyTests(ScenarioRuns runs)
{
    public static TheoryData<string> Scenarios => [.. DemoScenarios.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task The_body_is_what_was_looked_at(string scenario)
    {
        var folder = await runs.FolderOfAsync(scenario);
        if (folder.Incidents() is not [{ Outcome: IncidentOutcome.Proposed or IncidentOutcome.Escalated } state]) return; // nothing is put before anybody

        var body = Masked(MarkdownReport.Render(Put(IncidentReports.From(state, FailureDigests.Of(state, new ResultStore(Database.Open(Path.Combine(folder.Path, ".kintsugi", "kintsugi.db")), TimeProvider.System))))));

        var golden = PathOf($"{scenario}.md");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(golden, body, TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllTextAsync(golden, TestContext.Current.CancellationToken), body);
        Assert.InRange(body.Length, 1_000, MarkdownReport.MaxLength);
    }

    private static IncidentReport Put(IncidentReport report) => report.Proposal is { } proposal
        ? report with { Proposal = proposal with { Kind = Proposal.PullRequest, Url = "https://forge.example/o/n/pull/1" } }
        : report;

    private static string Masked(string body) => Place().Replace(Id().Replace(Sandbox().Replace(Took().Replace(At().Replace(body, "- TIME · "), "TIME"), "- Sandbox: THE MACHINE'S"), "ID"), "/PLACE");

    private static string PathOf(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Bodies", name);

    [GeneratedRegex(@"^- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC · ", RegexOptions.Multiline)]
    private static partial Regex At();

    /// <summary>Commits hold the moment of the blessing.</summary>
    [GeneratedRegex(@"\b[0-9a-f]{10,40}\b")]
    private static partial Regex Id();

    [GeneratedRegex("/[^ \"]*/kintsugi-drill-[A-Za-z0-9]+")]
    private static partial Regex Place();

    [GeneratedRegex(@"\b\d+(?:\.\d+)? (?:ms|s|min)\b")]
    private static partial Regex Took();

    [GeneratedRegex("^- Sandbox: .*$", RegexOptions.Multiline)]
    private static partial Regex Sandbox();
}
