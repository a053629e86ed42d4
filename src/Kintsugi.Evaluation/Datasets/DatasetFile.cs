using Kintsugi.Evaluation.Scorers;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>Reads golden datasets: JSON Lines, UTF-8, one sample a line, blank lines ignored.</summary>
public static class DatasetFile
{
    /// <summary>Below this many held-out samples an accepted fix says little.</summary>
    public const int FewHeldOut = 20;

    /// <summary>Reads the files in order and splits their samples.</summary>
    /// <param name="files">The name is what messages call the file.</param>
    /// <param name="heldOutShare">In [0, 1): the share of the samples without an explicit `split` that is held out.</param>
    /// <exception cref="BadFileException">A line is no sample, an id stands twice, or there is no sample at all.</exception>
    public static async Task<Dataset> ReadAsync(
        IReadOnlyList<(string Name, Func<Stream> Open)> files, double heldOutShare, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        var lines = new List<SampleLine>();
        var seen = new Dictionary<string, SampleSource>(StringComparer.Ordinal);
        foreach (var (name, open) in files)
        {
            await using var stream = open();
            await foreach (var line in JsonLines.ReadAsync(name, stream, SampleLine.Parse, cancellationToken))
            {
                var source = new SampleSource(line.File, line.Line);
                if (!seen.TryAdd(line.Id, source))
                    throw new BadFileException(line.File, line.Line, $"The id '{line.Id}' stands already at {seen[line.Id]}. Give each sample its own.");
                lines.Add(line);
            }
        }
        if (lines.Count == 0)
            throw new BadFileException(files[0].Name, null, "The dataset has no samples. Add one JSON object a line: {\"id\":\"…\",\"input\":…,\"target\":…}.");

        var heldOut = HeldOutSplit.Choose(lines, heldOutShare);
        Sample[] samples =
        [
            .. lines.Select(l => new Sample(l.Id, l.Input, l.Target, l.Tags, l.Family, l.Critical, heldOut.Contains(l.Id), l.Hash)),
        ];
        return new Dataset(samples, Warn(heldOut.Count)) { Sources = seen };
    }

    /// <summary>Refuses a dataset that the scorers cannot judge.</summary>
    /// <exception cref="BadFileException">A sample lacks the target, or the part of it, that a scorer needs.</exception>
    public static void Check(Dataset dataset, IReadOnlyList<IScorer> scorers)
    {
        foreach (var sample in dataset.Samples)
            foreach (var scorer in scorers)
                if (scorer.Lacks(sample) is { } problem)
                {
                    var source = dataset.Sources.GetValueOrDefault(sample.Id);
                    throw new BadFileException(source?.File ?? "dataset", source?.Line, $"Sample '{sample.Id}' {problem}");
                }
    }

    private static string[] Warn(int heldOut) => heldOut >= FewHeldOut
        ? []
        : [$"Only {heldOut} samples are held out; below {FewHeldOut} a fix can hardly be told from luck. Add samples, or raise repair.held_out."];
}

/// <summary>Where a sample stands.</summary>
internal sealed record SampleSource(string File, int Line)
{
    public override string ToString() => $"{File}({Line})";
}
