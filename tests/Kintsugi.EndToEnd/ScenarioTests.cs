using System.Globalization;
using System.Runtime.CompilerServices;
using Kintsugi.Cli.Demo;

namespace Kintsugi.EndToEnd;

/// <summary>`docs/scenarios.md` is true: each row is read from the document and held against a heal of the real command.</summary>
[Collection(Drills.Name)]
public sealed class ScenarioTests(ScenarioRuns runs)
{
    public static TheoryData<string, string, string, string, int> Rows()
    {
        var rows = new TheoryData<string, string, string, string, int>();
        foreach (var cells in File.ReadLines(PathOfDocument()).Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)))
            rows.Add(Word(cells[0]), Word(cells[2]), Word(cells[3]), Word(cells[4]), int.Parse(cells[5], CultureInfo.InvariantCulture));
        return rows;
    }

    [Fact]
    public void The_document_has_a_row_for_every_scenario_and_for_nothing_else() =>
        Assert.Equal(DemoScenarios.All.Select(s => s.Name), Rows().Select(row => row.Data.Item1));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_scenario_ends_as_the_document_says(string scenario, string cause, string action, string outcome, int exitStatus)
    {
        var run = await runs.RunOfAsync(scenario);

        Assert.Equal((cause, action, outcome, exitStatus), (run.Cause ?? "–", run.Action, run.Outcome, run.ExitStatus));
        Assert.True(run.CulpritIsRight, $"The culprits are {string.Join(" or ", run.Culprits.Select(set => string.Join(" and ", set)))}.");
        Assert.Equal(outcome == "proposed", run.Proposes);
        Assert.Equal(outcome == "proposed" ? 1 : 0, run.Fixes.Count);
    }

    private static string Word(string cell) => cell.Trim('`');

    private static string PathOfDocument([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "scenarios.md");
}
