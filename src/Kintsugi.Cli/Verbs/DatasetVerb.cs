using System.CommandLine;
using System.Globalization;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Cli.Verbs;

/// <summary>Keeps the gold honest.</summary>
internal static class DatasetVerb
{
    public static Command Command() => new("dataset", "Keeps the golden dataset honest.")
    {
        Check(), DatasetFromTraces.Command(), DatasetReview.Command(), DatasetImport.Command(), DatasetExport.Command(), DatasetDiffVerb.Command(), DatasetSplit.Command(), DatasetAccept.Command(),
    };

    private static Verb Check()
    {
        var directory = Edge.AgentDirectory();
        var version = new Option<string>("--version") { Description = "The version whose dataset to check.", DefaultValueFactory = _ => "HEAD" };
        return new Verb("check", "Reads the dataset as an evaluation would, counts it, and says what it can detect.")
        {
            Arguments = { directory },
            Options = { version },
            Examples =
            [
                ("kintsugi dataset check", "before a commit that touches the gold, once it is committed"),
            ],
            Exits =
            [
                (ExitStatus.Ok, "it can be used; warnings are printed"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, parsed.GetValue(version)!, false, cancellationToken);
            var dataset = await workspace.ReadDatasetAsync(cancellationToken);
            DatasetFile.Check(dataset, await workspace.ScorersAsync(cancellationToken));
            var gate = workspace.Agent.Gate;
            Console.Out.WriteLine($"{dataset.Samples.Count} samples, {dataset.HeldOut.Count()} of them held out, {dataset.Samples.Count(s => s.Critical)} critical.");
            foreach (var tag in dataset.Samples.SelectMany(s => s.Tags).GroupBy(t => t).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Take(30))
                Console.Out.WriteLine($"  {tag.Count(),5}  {Text.Plain(tag.Key, 60)}");
            var rise = Power.Detectable(dataset.Samples.Count, gate.BaselineRuns, gate.MinEpochs, alpha: gate.Alpha);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"With {gate.BaselineRuns} blessed runs and {gate.MinEpochs} epoch a rise of the failure rate from 5 % by {100 * rise:0} points or more is found in 80 of 100 evaluations."));
            foreach (var warning in (await workspace.WarningsAsync(cancellationToken)).Concat(dataset.Warnings)) Console.Out.WriteLine($"warning: {Text.Plain(warning, 400)}");
            return ExitStatus.Ok;
        });
    }
}
