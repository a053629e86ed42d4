using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Kintsugi.Evaluation.Scorers;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>Reads golden datasets: JSON Lines, UTF-8, one sample a line, blank lines ignored.</summary>
public static class DatasetFile
{
    /// <summary>Below this many held-out samples an accepted fix says little.</summary>
    public const int FewHeldOut = 20;

    /// <summary>The longest line that is read.</summary>
    public const int LongestLineBytes = 50 * 1024 * 1024;

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
            await foreach (var line in LinesAsync(name, stream, cancellationToken))
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
            foreach (var scorer in scorers.OfType<AnswerScorer>())
                if (scorer.Lacks(sample) is { } problem)
                {
                    var source = dataset.Sources.GetValueOrDefault(sample.Id);
                    throw new BadFileException(source?.File ?? "dataset", source?.Line, $"Sample '{sample.Id}' {problem}");
                }
    }

    private static string[] Warn(int heldOut) => heldOut >= FewHeldOut
        ? []
        : [$"Only {heldOut} samples are held out; below {FewHeldOut} a fix can hardly be told from luck. Add samples, or raise repair.held_out."];

    /// <summary>The samples of one file as they are read: a file of any size takes the memory of its longest line.</summary>
    internal static async IAsyncEnumerable<SampleLine> LinesAsync(
        string name, Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        var number = 0;
        var searched = 0L; // of the unfinished line: without it a line of 50 MB would be searched again for every 64 KB of it
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.Slice(searched).PositionOf((byte)'\n') is { } end)
            {
                searched = 0;
                number++;
                if (ParseLine(name, number, buffer.Slice(0, end), ended: true) is { } sample) yield return sample;
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            if (buffer.Length > LongestLineBytes) throw TooLong(name, number + 1);
            if (read.IsCompleted)
            {
                if (ParseLine(name, number + 1, buffer, ended: false) is { } last) yield return last;
                break;
            }
            searched = buffer.Length;
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
        await reader.CompleteAsync();
    }

    private static SampleLine? ParseLine(string name, int number, ReadOnlySequence<byte> line, bool ended)
    {
        if (line.Length > LongestLineBytes) throw TooLong(name, number);
        var bytes = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
        if (number == 1) bytes = WithoutByteOrderMark(name, bytes);
        bytes = bytes.Trim(" \t\r"u8);
        return bytes.IsEmpty ? null : SampleLine.Parse(name, number, bytes, ended);
    }

    private static ReadOnlySpan<byte> WithoutByteOrderMark(string name, ReadOnlySpan<byte> line)
    {
        if (line is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new BadFileException(name, 1, "The file is UTF-16. Save it as UTF-8.");
        return line is [0xEF, 0xBB, 0xBF, ..] ? line[3..] : line;
    }

    private static BadFileException TooLong(string name, int number) =>
        new(name, number, $"The line is longer than {LongestLineBytes >> 20} MiB. Shorten the sample, or keep the large part in a file that the agent reads.");
}

/// <summary>Where a sample stands.</summary>
internal sealed record SampleSource(string File, int Line)
{
    public override string ToString() => $"{File}({Line})";
}
