using System.CommandLine;
using System.Text;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Datasets.Exchange;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Cli.Verbs;

/// <summary>Gives the dataset to where teams keep theirs.</summary>
internal static class DatasetExport
{
    public static Verb Command()
    {
        var place = new Argument<string>("PLACE") { Description = "The file to write, which must not be there; of langsmith the name of the new dataset." };
        var to = new Option<string>("--to") { Description = "What to write: `langsmith` (by its API; the key from LANGSMITH_API_KEY), `csv`, `jsonl` (as a dataset is), `openai-evals`.", HelpName = "KIND", Required = true };
        to.AcceptOnlyFromAmong("langsmith", "csv", "jsonl", "openai-evals");
        var directory = Edge.DirectoryOption();
        var url = new Option<string?>("--url") { Description = "langsmith: the API's address. Default: LANGSMITH_ENDPOINT, else " + LangSmithDatasets.DefaultEndpoint + ".", HelpName = "URL" };
        return new Verb("export", "Writes the dataset of the work tree, held-out samples among it, as another tool reads it. `dataset import` reads it back.")
        {
            Arguments = { place },
            Options = { to, directory, url },
            Writes = "PLACE, or a new dataset of LangSmith",
            Examples =
            [
                ("kintsugi dataset export gold.csv --to csv", "for a spreadsheet"),
                ("kintsugi dataset export 'Support QA' --to langsmith", "for LangSmith's screens"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var (path, kind) = (parsed.GetValue(place)!, parsed.GetValue(to)!);
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, CassetteMode.Replay, cancellationToken);
            var samples = (await WorkTreeGold.ReadAsync(workspace, cancellationToken)).Drafts;
            if (samples.Count == 0) throw new UsageException("the dataset has no samples in the work tree.");
            var losses = new ExchangeLosses();
            if (kind == "langsmith")
            {
                using var http = LangSmithAccess.Client();
                await LangSmithAccess.Open(http, parsed.GetValue(url)).WriteAsync(path, samples, cancellationToken);
            }
            else
            {
                await WriteAsync(path, kind, samples, losses);
            }
            Console.Out.WriteLine($"{samples.Count} samples are in {Text.Plain(path)}.");
            LossRow.Write(Console.Out, losses.All);
            return ExitStatus.Ok;
        });
    }

    private static async Task WriteAsync(string path, string kind, IReadOnlyList<SampleDraft> samples, ExchangeLosses losses)
    {
        if (Path.Exists(path)) throw new UsageException($"{Text.Plain(path)} is there, and nothing is overwritten. Choose another name.");
        await using var output = new StreamWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write), new UTF8Encoding(false)) { NewLine = "\n" };
        if (kind == "csv") await CsvSamples.WriteAsync(samples, output, losses);
        else foreach (var sample in samples) await output.WriteLineAsync(kind == "jsonl" ? sample.Line(sample.Id!) : OpenAiEvals.Line(sample, losses));
    }
}
