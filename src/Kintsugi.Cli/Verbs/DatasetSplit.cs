using System.CommandLine;
using System.Text.Json.Nodes;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Cli.Verbs;

/// <summary>Shows which samples are held out, and writes it down.</summary>
internal static class DatasetSplit
{
    private const int MostTags = 30;

    public static Verb Command()
    {
        var directory = Edge.AgentDirectory();
        var share = new Option<double?>("--share") { Description = "Of the samples without a `split`, how much is held out. Default: repair.held_out.", HelpName = "SHARE" };
        var write = new Option<bool>("--write") { Description = "Write `split` into the samples that have none: later samples then move no earlier one." };
        return new Verb("split", "Shows how the dataset of the work tree is split into visible and held-out samples: families stay together, and every tag gives its share.")
        {
            Arguments = { directory },
            Options = { share, write },
            Writes = "with --write the field `split` of the samples that have none",
            Examples =
            [
                ("kintsugi dataset split", "how many of each tag are held out"),
                ("kintsugi dataset split --share 0.3 --write", "fix it"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, CassetteMode.Replay, cancellationToken);
            var gold = await WorkTreeGold.ReadAsync(workspace, cancellationToken);
            var wanted = parsed.GetValue(share) ?? workspace.Agent.Repair.HeldOut;
            if (wanted is not (>= 0 and < 1)) throw new UsageException("--share is no share. Write a number from 0 to below 1, such as 0.3.");
            if (gold.Lines.Count == 0) throw new UsageException("the dataset has no samples in the work tree.");
            var heldOut = HeldOutSplit.Choose(gold.Lines, wanted);
            Tell(gold.Lines, heldOut);

            var open = gold.Lines.Where(l => l.Split is null).Select(l => l.Id).ToHashSet(StringComparer.Ordinal);
            if (!parsed.GetValue(write))
            {
                if (open.Count > 0) Console.Out.WriteLine($"{open.Count} samples say nothing of their split; --write fixes it.");
                return ExitStatus.Ok;
            }
            var written = 0;
            foreach (var (name, path) in gold.Files.Where(f => File.Exists(f.Path)))
                written += (await GoldFile.ChangeAsync(path, name, open, (id, sample) => sample["split"] = JsonValue.Create(heldOut.Contains(id) ? "held_out" : "visible"), cancellationToken)).Count;
            Console.Out.WriteLine($"{written} samples say their split now. Commit the dataset.");
            return ExitStatus.Ok;
        });
    }

    private static void Tell(IReadOnlyList<SampleLine> lines, HashSet<string> heldOut)
    {
        var families = lines.Where(l => l.Family is not null).Select(l => l.Family).Distinct(StringComparer.Ordinal).Count();
        Console.Out.WriteLine($"{lines.Count} samples: {lines.Count - heldOut.Count} visible, {heldOut.Count} held out; {families} families, none on both sides.");
        foreach (var tag in lines.SelectMany(l => l.Tags.DefaultIfEmpty(""), (l, tag) => (Tag: tag, l.Id)).GroupBy(t => t.Tag, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Take(MostTags))
            Console.Out.WriteLine($"  {tag.Count(),5} samples {tag.Count(t => heldOut.Contains(t.Id)),5} held out   {(tag.Key.Length == 0 ? "(no tag)" : Text.Plain(tag.Key, 60))}");
        if (heldOut.Count < DatasetFile.FewHeldOut) Console.Out.WriteLine($"warning: below {DatasetFile.FewHeldOut} held-out samples a fix can hardly be told from luck.");
    }
}
