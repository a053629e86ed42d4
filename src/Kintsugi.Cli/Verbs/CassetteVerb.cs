using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Cli.Verbs;

/// <summary>Carries recordings from one clone to another.</summary>
internal static class CassetteVerb
{
    public static Command Command() => new("cassette", "Makes a file of recordings, to be committed and compared, and takes one in.") { Export(), Import() };

    private static Verb Export()
    {
        var file = new Argument<string>("FILE") { Description = "The file to write, JSON Lines. One that is there is replaced." };
        var directory = Edge.DirectoryOption();
        var samples = new Option<string[]>("--sample")
        {
            Description = "Only recordings of these samples; may be given several times.",
            HelpName = "ID",
            AllowMultipleArgumentsPerToken = true,
        };
        var json = Edge.Json();
        return new Verb("export", "Writes what models and upstreams answered into one file, a recording a line, in an order that stays: docs/cassettes.md describes it.")
        {
            Arguments = { file },
            Options = { directory, samples, json },
            Writes = "FILE, whole or not at all",
            Examples =
            [
                ("kintsugi cassette export golden/cassette.jsonl", "everything that is recorded here, to be committed"),
                ("kintsugi cassette export two.jsonl --sample lead-001 lead-002", "what two samples were answered"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(file)!;
            var chosen = parsed.GetValue(samples) is { Length: > 0 } ids ? ids : null;
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, CassetteMode.Replay, cancellationToken);
            var written = await ExportAsync(workspace, path, chosen, cancellationToken);
            if (parsed.GetValue(json)) Print(new CassetteExportDocument(path, written.Recordings, written.Samples, written.Bytes));
            else Console.Out.WriteLine($"{written.Recordings} recordings of {written.Samples} samples are in {Text.Plain(path)}. Read what a model was told and said before you commit it.");
            return ExitStatus.Ok;
        });
    }

    private static Verb Import()
    {
        var file = new Argument<string>("FILE") { Description = "A file that `cassette export` wrote." };
        var directory = Edge.DirectoryOption();
        var replace = new Option<bool>("--replace") { Description = "Where the same recording is there already, take that of the file. Default: keep it." };
        var json = Edge.Json();
        return new Verb("import", "Takes the recordings of a file in, all or none. Trust it as you trust its author: an answer that somebody made up looks like any other.")
        {
            Arguments = { file },
            Options = { directory, replace, json },
            Writes = "the recordings in .kintsugi/kintsugi.db",
            Examples =
            [
                ("kintsugi cassette import golden/cassette.jsonl", "in a clean clone, before `kintsugi eval --cassette replay`"),
                ("kintsugi cassette import golden/cassette.jsonl --replace", "after a pull that has newer recordings"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(file)!;
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, CassetteMode.Replay, cancellationToken);
            await using var input = Open(path);
            var taken = await CassetteFile.ImportAsync(
                workspace.Database, path, input, parsed.GetValue(replace), workspace.Redaction, new CassetteProgressLog("read"), cancellationToken);
            if (parsed.GetValue(json)) Print(new CassetteImportDocument(path, taken.Read, taken.Added, taken.Kept, taken.Replaced));
            else Console.Out.WriteLine($"{taken.Read} recordings read: {taken.Added} added, {taken.Replaced} replaced, {taken.Kept} kept as they were{(taken.Kept > 0 ? " (--replace takes those of the file)" : "")}.");
            return ExitStatus.Ok;
        });
    }

    /// <exception cref="UsageException">There is nothing to export.</exception>
    private static async Task<CassetteExported> ExportAsync(Workspace workspace, string path, IReadOnlyCollection<string>? samples, CancellationToken cancellationToken)
    {
        var temporary = path + ".new";
        try
        {
            CassetteExported written;
            await using (var output = File.Create(temporary))
            {
                written = await CassetteFile.ExportAsync(workspace.Database, samples, workspace.Redaction, output, new CassetteProgressLog("written"), cancellationToken);
            }
            if (written.Recordings == 0)
                throw new UsageException($"there are no recordings{(samples is null ? "" : $" of {Text.Plain(string.Join(", ", samples))}")}. `kintsugi eval` makes them.");
            File.Move(temporary, path, overwrite: true);
            return written;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static FileStream Open(string path) =>
        File.Exists(path) ? File.OpenRead(path) : throw new UsageException($"there is no file '{Text.Plain(path)}'. Give one that `kintsugi cassette export` wrote.");

    private static void Print<T>(T document) => Console.Out.WriteLine(JsonSerializer.Serialize(document, HealDocument.Json));
}
