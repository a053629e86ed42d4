using System.Globalization;
using System.Text;

namespace Kintsugi.Evaluation.Datasets.Exchange;

/// <summary>What came of an import.</summary>
/// <param name="Added">Samples that were written; <paramref name="Known"/>: those whose input and target the file has already, left out.</param>
/// <param name="Renamed">Those of the added whose id was taken.</param>
/// <param name="WithoutTarget">Those of the added that no scorer which needs a target can judge.</param>
public sealed record Imported(int Added, int Known, int Renamed, int WithoutTarget, IReadOnlyList<ExchangeLoss> Lost);

/// <summary>Writes samples from elsewhere into a dataset file, all or none, and over nothing.</summary>
public static class SampleImport
{
    /// <param name="into">Whether <paramref name="path"/> is there and is to be added to; else it is made, and must not be there.</param>
    /// <param name="prefix">Of the ids of samples that have none.</param>
    /// <exception cref="BadFileException">A sample cannot be used, or <paramref name="path"/> is there although it is to be made, or is no dataset.</exception>
    public static async Task<Imported> WriteAsync(IAsyncEnumerable<SampleDraft> samples, string path, bool into, string prefix, ExchangeLosses losses, CancellationToken cancellationToken)
    {
        if (!into && Path.Exists(path)) throw new BadFileException(path, null, "The file is there, and nothing is overwritten. Choose another name, or add to it with --into.");
        var (ids, known) = into ? await ReadAsync(path, cancellationToken) : ([], []);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = $"{path}.importing";
        int added = 0, already = 0, renamed = 0, without = 0;
        try
        {
            await using (var output = new StreamWriter(new FileStream(temporary, FileMode.Create, FileAccess.Write), new UTF8Encoding(false)) { NewLine = "\n" })
            {
                await foreach (var sample in samples.WithCancellation(cancellationToken))
                {
                    if (!known.Add(CanonicalJson.Hash(sample.Input, sample.Target)))
                    {
                        already++;
                        continue;
                    }
                    var wanted = sample.Id ?? string.Create(CultureInfo.InvariantCulture, $"{prefix}-{added + 1:0000}");
                    var id = wanted;
                    for (var n = 2; !ids.Add(id); n++) id = string.Create(CultureInfo.InvariantCulture, $"{wanted[..Math.Min(wanted.Length, 190)]}-{n}");
                    await output.WriteLineAsync(sample.Line(id));
                    added++;
                    if (sample.Id is not null && id != wanted) renamed++;
                    if (sample.Target is null) without++;
                }
            }
            if (added > 0 && into) await GoldFile.AppendAsync(path, File.ReadLines(temporary), cancellationToken);
            else if (added > 0) File.Move(temporary, path, overwrite: false);
            return new Imported(added, already, renamed, without, losses.All);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task<(HashSet<string> Ids, HashSet<string> Known)> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw new BadFileException(path, null, "There is no such file to add to. Make one with --out.");
        HashSet<string> ids = new(StringComparer.Ordinal), known = new(StringComparer.Ordinal);
        await using var stream = File.OpenRead(path);
        await foreach (var line in JsonLines.ReadAsync(path, stream, SampleLine.Parse, cancellationToken))
        {
            ids.Add(line.Id);
            known.Add(line.Hash);
        }
        return (ids, known);
    }
}
