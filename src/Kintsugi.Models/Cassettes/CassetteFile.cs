using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Kintsugi.Storage;

namespace Kintsugi.Models.Cassettes;

/// <summary>How much of a file has been written or read.</summary>
public sealed record CassetteProgress(long Recordings, long Bytes);

/// <summary>What an export wrote.</summary>
public sealed record CassetteExported(long Recordings, int Samples, long Bytes);

/// <summary>What an import did with what it read.</summary>
/// <param name="Kept">There was another recording of the same key already, and it was kept.</param>
public sealed record CassetteImported(long Read, long Added, long Kept, long Replaced);

/// <summary>Recordings as a file of JSON Lines that can be committed and read in a diff; `docs/cassettes.md` describes it.</summary>
public static class CassetteFile
{
    /// <summary>The longest line that is read or written.</summary>
    public const int LongestLineBytes = 50 * 1024 * 1024;

    private const int Between = 10_000;

    /// <summary>Writes recordings in a stable order: two exports of the same recordings are equal bytes.</summary>
    /// <param name="samples">Of these samples only; null for all.</param>
    /// <param name="redaction">Applied once more: what an earlier version of the product recorded may hold secrets.</param>
    /// <exception cref="InvalidDataException">A recording is too long for a line.</exception>
    public static async Task<CassetteExported> ExportAsync(
        Database database, IReadOnlyCollection<string>? samples, Redaction redaction, Stream output, IProgress<CassetteProgress>? progress, CancellationToken cancellationToken)
    {
        var (recordings, bytes) = (0L, 0L);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var line = new ArrayBufferWriter<byte>(64 * 1024);
        await using var connection = database.Connect();
        foreach (var recording in RecordingTable.All(connection, samples))
        {
            line.ResetWrittenCount();
            CassetteLine.Write(line, redaction.Apply(recording));
            if (line.WrittenCount > LongestLineBytes)
                throw new InvalidDataException($"The recording of sample '{recording.Key.SampleId}', epoch {recording.Key.Epoch} is longer than {LongestLineBytes >> 20} MiB. Name the samples to export, without this one, with --sample.");
            line.Write("\n"u8);
            await output.WriteAsync(line.WrittenMemory, cancellationToken);
            seen.Add(recording.Key.SampleId);
            bytes += line.WrittenCount;
            if (++recordings % Between == 0) progress?.Report(new CassetteProgress(recordings, bytes));
        }
        return new CassetteExported(recordings, seen.Count, bytes);
    }

    /// <summary>Takes a file's recordings into the database, all of them or, when a line cannot be used, none.</summary>
    /// <param name="name">What messages call the file.</param>
    /// <param name="replace">Whether a recording that is there already gives way.</param>
    /// <exception cref="InvalidDataException">A line is no recording; the message names it.</exception>
    public static async Task<CassetteImported> ImportAsync(
        Database database, string name, Stream input, bool replace, Redaction redaction, IProgress<CassetteProgress>? progress, CancellationToken cancellationToken)
    {
        var (read, added, replaced) = (0L, 0L, 0L);
        await using var connection = database.Connect();
        await using var transaction = connection.BeginTransaction(deferred: false);
        await using var keeper = RecordingTable.Keeper(connection, transaction);
        await using var replacer = RecordingTable.Replacer(connection, transaction);
        await foreach (var (line, number, bytes) in LinesAsync(name, input, cancellationToken))
        {
            var recording = redaction.Apply(Parse(name, number, line));
            if (RecordingTable.Write(keeper, recording)) added++;
            else if (replace && RecordingTable.Write(replacer, recording)) replaced++;
            if (++read % Between == 0) progress?.Report(new CassetteProgress(read, bytes));
        }
        await transaction.CommitAsync(cancellationToken);
        return new CassetteImported(read, added, read - added - replaced, replaced);
    }

    private static Recording Parse(string name, int number, ReadOnlyMemory<byte> line)
    {
        try
        {
            return CassetteLine.Read(line);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{name}({number}): {e.Message}", e);
        }
    }

    /// <summary>The lines that are not blank. Each is valid until the next is asked for, and a file of any size takes the memory of its longest.</summary>
    private static async IAsyncEnumerable<(ReadOnlyMemory<byte> Line, int Number, long BytesRead)> LinesAsync(
        string name, Stream input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        var (number, bytes) = (0, 0L);
        var searched = 0L; // of the unfinished line, which would else be searched again with every part that arrives
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.Slice(searched).PositionOf((byte)'\n') is { } end)
            {
                searched = 0;
                var line = buffer.Slice(0, end);
                bytes += line.Length + 1;
                if (Line(name, ++number, line) is { IsEmpty: false } text) yield return (text, number, bytes);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            if (buffer.Length > LongestLineBytes) throw TooLong(name, number + 1);
            if (read.IsCompleted)
            {
                if (Line(name, number + 1, buffer) is { IsEmpty: false } last) yield return (last, number + 1, bytes + buffer.Length);
                break;
            }
            searched = buffer.Length;
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
        await reader.CompleteAsync();
    }

    private static ReadOnlyMemory<byte> Line(string name, int number, ReadOnlySequence<byte> line)
    {
        if (line.Length > LongestLineBytes) throw TooLong(name, number);
        var bytes = line.IsSingleSegment ? line.First : line.ToArray();
        if (number == 1 && bytes.Span is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) throw new InvalidDataException($"{name}(1): The file is UTF-16. Save it as UTF-8.");
        if (number == 1 && bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        return bytes.Trim(" \t\r"u8);
    }

    private static InvalidDataException TooLong(string name, int number) =>
        new($"{name}({number}): The line is longer than {LongestLineBytes >> 20} MiB, which no recording is. Export the recordings again.");
}
