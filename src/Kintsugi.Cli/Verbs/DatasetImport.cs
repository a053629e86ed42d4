using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Datasets.Exchange;

namespace Kintsugi.Cli.Verbs;

/// <summary>Takes samples in from where teams keep theirs.</summary>
internal static class DatasetImport
{
    public static Verb Command()
    {
        var options = new Options(
            new Argument<string>("SOURCE") { Description = "A file; of langsmith a dataset's name, id or address." },
            new Option<string>("--from") { Description = "What it is: `langsmith` (by its API; the key from LANGSMITH_API_KEY), `promptfoo` (its YAML), `csv`, `jsonl` (any shape), `openai-evals`.", HelpName = "KIND", Required = true },
            new Option<string?>("--out") { Description = "A new dataset file.", HelpName = "FILE" },
            new Option<string?>("--into") { Description = "A dataset file to add to. Samples that it has already are left out; its lines stay as they are.", HelpName = "FILE" },
            new Option<string?>("--input") { Description = "jsonl: where the input stands, `question` or `$.messages[0].content`. Default: the first of input, inputs, question, query, prompt.", HelpName = "PATH" },
            new Option<string?>("--target") { Description = "csv: the column, jsonl: the path of the right answer. Default: one that is called target, expected, output, answer or the like.", HelpName = "NAME" },
            new Option<string?>("--id") { Description = "csv, jsonl: the same of the sample's id. Default: id, else ids are made.", HelpName = "NAME" },
            new Option<bool>("--text") { Description = "csv: take every cell as words. Default: one that reads as JSON (5, true, {…}) is that." },
            new Option<string?>("--url") { Description = "langsmith: the API's address. Default: LANGSMITH_ENDPOINT, else " + LangSmithDatasets.DefaultEndpoint + ".", HelpName = "URL" },
            Edge.Json());
        options.From.AcceptOnlyFromAmong("langsmith", "promptfoo", "csv", "jsonl", "openai-evals");
        return new Verb("import", "Takes samples from LangSmith, promptfoo, CSV, JSON Lines or OpenAI evals into a dataset file, all or none, and says what it could not carry over.")
        {
            Arguments = { options.Source },
            Options = { options.From, options.Out, options.Into, options.Input, options.Target, options.Id, options.Text, options.Url, options.Json },
            Writes = "the file of --out, which must not be there, or lines at the end of that of --into",
            Examples =
            [
                ("kintsugi dataset import tickets.csv --from csv --target tier --out golden/tickets.jsonl", "a table"),
                ("kintsugi dataset import 'Support QA' --from langsmith --into golden/tickets.jsonl", "a dataset of LangSmith"),
                ("kintsugi dataset import promptfooconfig.yaml --from promptfoo --out golden/pf.jsonl", "the tests of promptfoo"),
                ("kintsugi dataset import rows.jsonl --from jsonl --input '$.messages[0].content' --target label --out golden/rows.jsonl", "lines of another shape"),
            ],
        }.Does((parsed, cancellationToken) => RunAsync(parsed, options, cancellationToken));
    }

    private static async Task<int> RunAsync(ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        var (source, kind, into) = (parsed.GetValue(options.Source)!, parsed.GetValue(options.From)!, parsed.GetValue(options.Into));
        var path = (parsed.GetValue(options.Out), into) switch
        {
            ({ } made, null) => made,
            (null, { } there) => there,
            _ => throw new UsageException("say where the samples go: --out FILE makes a file, --into FILE adds to one."),
        };
        Refuse(options.Input, "jsonl");
        Refuse(options.Target, "csv", "jsonl");
        Refuse(options.Id, "csv", "jsonl");
        Refuse(options.Url, "langsmith");
        if (parsed.GetValue(options.Text) && kind != "csv") throw new UsageException("--text is for --from csv alone.");

        var losses = new ExchangeLosses();
        using var http = LangSmithAccess.Client();
        await using var stream = kind == "langsmith" ? Stream.Null : File.Exists(source) ? File.OpenRead(source) : throw new UsageException($"there is no file '{Text.Plain(source)}'.");
        var imported = await SampleImport.WriteAsync(Samples(), path, into is not null, kind == "langsmith" ? "example" : Path.GetFileNameWithoutExtension(source), losses, cancellationToken);

        if (parsed.GetValue(options.Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new ImportDocument(path, imported.Added, imported.Known, imported.Renamed, imported.WithoutTarget, [.. imported.Lost.Select(LossRow.Of)]), HealDocument.Json));
        }
        else
        {
            Console.Out.WriteLine($"{imported.Added} samples are in {Text.Plain(path)}{(imported.Known > 0 ? $"; {imported.Known} were there already or stood twice" : "")}{(imported.Renamed > 0 ? $"; {imported.Renamed} were renamed, because their ids were taken" : "")}.");
            if (imported.WithoutTarget > 0) Console.Out.WriteLine($"{imported.WithoutTarget} have no target: scorers that need one refuse them.");
            LossRow.Write(Console.Out, imported.Lost);
            if (imported.Added > 0) Console.Out.WriteLine("Read them, name the file in `dataset:` of kintsugi.yaml, commit both, then run `kintsugi dataset check`.");
        }
        return ExitStatus.Ok;

        IAsyncEnumerable<SampleDraft> Samples() => kind switch
        {
            "csv" => CsvSamples.ReadAsync(source, stream, new CsvShape(parsed.GetValue(options.Target), parsed.GetValue(options.Id), parsed.GetValue(options.Text)), losses, cancellationToken),
            "jsonl" => Lines(),
            "openai-evals" => OpenAiEvals.ReadAsync(source, stream, losses, cancellationToken),
            "promptfoo" => PromptfooTests.ReadAsync(source, stream, name => Beside(source, name), losses, cancellationToken),
            _ => LangSmithAccess.Open(http, parsed.GetValue(options.Url)).ReadAsync(source, losses, cancellationToken),
        };

        IAsyncEnumerable<SampleDraft> Lines()
        {
            try
            {
                return JsonlSamples.ReadAsync(source, stream, new JsonlShape(parsed.GetValue(options.Input), parsed.GetValue(options.Target), parsed.GetValue(options.Id)), losses, cancellationToken);
            }
            catch (FormatException e)
            {
                throw new UsageException($"a path of --input, --target or --id {e.Message}");
            }
        }

        void Refuse(Option<string?> option, params string[] kinds)
        {
            if (parsed.GetValue(option) is not null && !kinds.Contains(kind)) throw new UsageException($"{option.Name} is for --from {string.Join(" and ", kinds)} alone.");
        }
    }

    /// <summary>A file that tests name, from their own directory or below it: a stranger's tests must not read what lies elsewhere.</summary>
    private static FileStream? Beside(string source, string name)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(source))!;
        var path = Path.GetFullPath(Path.Combine(directory, name));
        var file = new FileInfo(path);
        return path.StartsWith(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal) && file is { Exists: true, LinkTarget: null } ? file.OpenRead() : null;
    }

    private sealed record Options(
        Argument<string> Source, Option<string> From, Option<string?> Out, Option<string?> Into, Option<string?> Input, Option<string?> Target, Option<string?> Id, Option<bool> Text, Option<string?> Url, Option<bool> Json);
}

/// <summary>LangSmith as the environment names it.</summary>
internal static class LangSmithAccess
{
    public static HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromMinutes(2) };

    /// <exception cref="UsageException">The address is none.</exception>
    public static LangSmithDatasets Open(HttpClient http, string? url)
    {
        var (address, endpoint) = Address(url, Environment.GetEnvironmentVariable);
        return endpoint is not null
            ? new LangSmithDatasets(http, endpoint, Key(Environment.GetEnvironmentVariable))
            : throw new UsageException($"'{Text.Plain(address, 100)}' is no address. Write --url https://….");
    }

    /// <returns>The address that was asked for, and null beside it where it is none.</returns>
    public static (string Address, Uri? Endpoint) Address(string? url, Func<string, string?> environment)
    {
        var address = url ?? Variable("LANGSMITH_ENDPOINT", environment) ?? LangSmithDatasets.DefaultEndpoint;
        return (address, Uri.TryCreate(address, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" ? endpoint : null);
    }

    public static string? Key(Func<string, string?> environment) => Variable("LANGSMITH_API_KEY", environment);

    private static string? Variable(string name, Func<string, string?> environment) => environment(name) is { Length: > 0 } value ? value : null;
}
