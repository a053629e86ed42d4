using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Cli.Verbs;

/// <summary>Tells two versions of the dataset apart.</summary>
internal static class DatasetDiffVerb
{
    public static Verb Command()
    {
        var before = new Argument<string>("REF1") { Description = "The version before.", DefaultValueFactory = _ => "HEAD" };
        var after = new Argument<string?>("REF2") { Description = "The version after; without it what lies in the work tree.", DefaultValueFactory = _ => null };
        var directory = Edge.DirectoryOption();
        var json = Edge.Json();
        return new Verb("diff", "Says which samples were added, removed and changed between two versions of the dataset, by their ids.")
        {
            Arguments = { before, after },
            Options = { directory, json },
            Examples =
            [
                ("kintsugi dataset diff", "what a review has added since the last commit"),
                ("kintsugi dataset diff v1.4 v1.5 --json", "between two releases"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var at = parsed.GetValue(directory)!;
            var diff = DatasetDiff.Of(await ReadAsync(at, parsed.GetValue(before)!, cancellationToken), await ReadAsync(at, parsed.GetValue(after), cancellationToken));
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(DiffDocument.Of(diff), HealDocument.Json));
            else DiffTable.Write(Console.Out, diff);
            return ExitStatus.Ok;
        });
    }

    private static async Task<IReadOnlyList<SampleDraft>> ReadAsync(string directory, string? revision, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, revision ?? "HEAD", false, CassetteMode.Replay, cancellationToken);
        return revision is null ? (await WorkTreeGold.ReadAsync(workspace, cancellationToken)).Drafts : await workspace.ReadDraftsAsync(cancellationToken);
    }
}
