using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;

namespace Kintsugi.Cli.Verbs;

/// <summary>Runs the dataset on one version, prints the table, says whether it is worse.</summary>
internal static class EvalVerb
{
    public static Command Command()
    {
        var directory = Edge.AgentDirectory();
        var version = new Option<string>("--version") { Description = "The version to evaluate.", DefaultValueFactory = _ => "HEAD" };
        var allowInsufficient = new Option<bool>("--allow-insufficient") { Description = "Exit with 0 where the runs cannot decide, or where there is no baseline." };
        var all = new Option<bool>("--verbose") { Description = "List every failing sample, not the first twenty." };
        var json = Edge.Json();
        var unsandboxed = Edge.AllowUnsandboxed();
        return new Verb("eval", "Runs the golden dataset on a version, holds it against the blessed baseline, prints the table and the verdict.")
        {
            Arguments = { directory },
            Options = { version, allowInsufficient, all, json, unsandboxed },
            Writes = "the run's results in .kintsugi/kintsugi.db",
            Examples =
            [
                ("kintsugi eval", "evaluate HEAD of the agent in this directory"),
                ("kintsugi eval agents/scorer --version v1.4", "another agent, another version"),
                ("kintsugi eval --json --allow-insufficient > eval.json", "in CI; docs/eval.schema.json describes the document"),
            ],
            Exits =
            [
                (ExitStatus.Ok, "healthy or flaky"),
                (ExitStatus.Bad, "regressed"),
                (ExitStatus.Insufficient, "the runs cannot decide, or there is no baseline yet; 0 with --allow-insufficient"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(
                parsed.GetValue(directory)!, parsed.GetValue(version)!, parsed.GetValue(unsandboxed), cancellationToken);
            foreach (var warning in await workspace.WarningsAsync(cancellationToken)) await Console.Error.WriteLineAsync($"warning: {Text.Plain(warning, 400)}");
            var evaluation = await RunAsync(workspace, cancellationToken);
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(EvalDocument.From(evaluation), HealDocument.Json));
            else EvalTable.Write(Console.Out, evaluation, parsed.GetValue(all));
            return ExitStatus.Of(evaluation.Verdict?.Kind ?? VerdictKind.Insufficient, parsed.GetValue(allowInsufficient));
        });
    }

    private static async Task<EvaluatedVersion> RunAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var dataset = await workspace.ReadDatasetAsync(cancellationToken);
        var scorers = await workspace.ScorersAsync(cancellationToken);
        DatasetFile.Check(dataset, scorers);
        using var progress = new ProgressLine();
        var stand = workspace.Stand(scorers, progress);
        var baseline = workspace.ReadBaseline();
        if (baseline is not null && baseline.Scorers != BaselineRunner.Hash(scorers)) baseline = null;
        var blessed = dataset.Samples.Select(s => (s.Id, Outcomes: baseline?.OutcomesOf(s) ?? "")).ToDictionary(s => s.Id, s => s.Outcomes);
        var block = baseline is null ? null : LookRunner.Plan(blessed.Values, workspace.Agent.Gate).First;

        var run = await stand.RunAsync(
            new StandVersion(workspace.Head.Id, workspace.Head.Tree), dataset.Samples, Draws.Look(0, block?.Epochs ?? workspace.Agent.Gate.MinEpochs), Recall.Fresh, "eval", cancellationToken);
        if (LookRunner.SaysNothing(run)) throw LookRunner.Down(run, "Run again when the world is back.");

        var outcomes = Outcomes.BySample(run);
        List<SampleRecord> records = [.. dataset.Samples.Select(s => new SampleRecord(s.Id, s.HeldOut, blessed[s.Id], outcomes.GetValueOrDefault(s.Id, "")))];
        VerdictView? verdict = block is null ? null : LookRunner.View(
            Gate.Judge([.. records.Select(LookRunner.Counts)], dataset.Samples.Count, block.Settings), records);
        return new EvaluatedVersion(workspace.Head, dataset, records, run, verdict);
    }
}
