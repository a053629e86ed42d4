using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Kintsugi.Evaluation.Datasets;

/// <param name="line">1 is the first.</param>
/// <param name="bytes">Without the line's end and white space around it; never empty.</param>
/// <param name="ended">Whether a line feed follows.</param>
internal delegate T LineParser<out T>(string file, int line, ReadOnlySpan<byte> bytes, bool ended);

/// <summary>Reads JSON Lines: UTF-8, one value a line, blank lines ignored.</summary>
internal static class JsonLines
{
    /// <summary>The longest line that is read.</summary>
    public const int LongestLineBytes = 50 * 1024 * 1024;

    /// <summary>What stands on the lines as they are read: a file of any size takes the memory of its longest line.</summary>
    /// <exception cref="BadFileException">A line is too long, or <paramref name="parse"/> refuses it.</exception>
    public static IAsyncEnumerable<T> ReadAsync<T>(string name, Stream stream, LineParser<T> parse, CancellationToken cancellationToken)
        where T : class => ReadAsync(name, stream, parse, LongestLineBytes, cancellationToken);

    /// <param name="longestBytes">The longest line that is read.</param>
    /// <exception cref="BadFileException">A line is too long, or <paramref name="parse"/> refuses it.</exception>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        string name, Stream stream, LineParser<T> parse, int longestBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
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
                if (ParseLine(name, parse, number, buffer.Slice(0, end), longestBytes, ended: true) is { } item) yield return item;
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            if (buffer.Length > longestBytes) throw TooLong(name, number + 1, longestBytes);
            if (read.IsCompleted)
            {
                if (ParseLine(name, parse, number + 1, buffer, longestBytes, ended: false) is { } last) yield return last;
                break;
            }
            searched = buffer.Length;
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
        await reader.CompleteAsync();
    }

    private static T? ParseLine<T>(string name, LineParser<T> parse, int number, ReadOnlySequence<byte> line, int longestBytes, bool ended)
        where T : class
    {
        if (line.Length > longestBytes) throw TooLong(name, number, longestBytes);
        var bytes = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
        if (number == 1) bytes = WithoutByteOrderMark(name, bytes);
        bytes = bytes.Trim(" \t\r"u8);
        return bytes.IsEmpty ? null : parse(name, number, bytes, ended);
    }

    private static ReadOnlySpan<byte> WithoutByteOrderMark(string name, ReadOnlySpan<byte> line)
    {
        if (line is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new BadFileException(name, 1, "The file is UTF-16. Save it as UTF-8.");
        return line is [0xEF, 0xBB, 0xBF, ..] ? line[3..] : line;
    }

    private static BadFileException TooLong(string name, int number, int longestBytes) =>
        new(name, number, $"The line is longer than {longestBytes >> 20} MiB. Shorten it, or keep the large part in a file that the agent reads.");
}
