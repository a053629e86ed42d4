using System.Diagnostics;
using System.Text;

namespace Kintsugi.Sandbox;

/// <summary>What a finished command printed and how it ended.</summary>
/// <param name="Output">Standard output, cut at the limit, control characters but tab and newline removed.</param>
/// <param name="Error">Standard error, likewise.</param>
public sealed record SandboxResult(SandboxExit Exit, string Output, string Error, TimeSpan Duration)
{
    public bool Succeeded => Exit is { Code: 0, Limit: null };
}

/// <summary>Runs a command to its end.</summary>
public static class SandboxRuns
{
    /// <summary>How long output may still come after the end: only where there is no PID namespace can a child hold the pipe open.</summary>
    private static readonly TimeSpan AfterTheEnd = TimeSpan.FromSeconds(1);

    /// <exception cref="SandboxUnavailableException">The sandbox itself is missing or gone.</exception>
    public static async Task<SandboxResult> RunAsync(
        this ISandbox sandbox, SandboxRequest request, ReadOnlyMemory<byte> stdin, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var process = await sandbox.StartAsync(request, cancellationToken);
        await using var killed = cancellationToken.Register(process.Kill);

        var room = new OutputRoom(request.Limits.OutputBytes, process.Kill);
        using var tooLate = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = WriteAsync(process.StandardInput, stdin, tooLate.Token);
        var output = ReadAsync(process.StandardOutput, room, tooLate.Token);
        var error = ReadAsync(process.StandardError, room, tooLate.Token);

        var exit = await process.Exited;
        var duration = Stopwatch.GetElapsedTime(started);
        tooLate.CancelAfter(AfterTheEnd);
        await writing;
        var result = new SandboxResult(
            room.Full ? exit with { Limit = LimitWords.Killed($"output {LimitWords.Mebibytes(request.Limits.OutputBytes)} MiB") } : exit,
            Printable(await output),
            Printable(await error),
            duration);
        cancellationToken.ThrowIfCancellationRequested();
        return result;
    }

    private static async Task WriteAsync(Stream input, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await input.WriteAsync(bytes, cancellationToken);
            await input.DisposeAsync();
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The command did not read all its input: its own affair.
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream, OutputRoom room, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        using var all = new MemoryStream();
        try
        {
            while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
                all.Write(buffer, 0, room.Take(read));
        }
        catch (OperationCanceledException)
        {
            // Something outlived the command and holds the pipe; what came so far is the output.
        }

        return all.ToArray();
    }

    /// <summary>A terminal acts on control characters (OSC 52 writes the clipboard), and so might what reads the report.</summary>
    private static string Printable(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return text.Any(IsHarmful) ? string.Concat(text.Where(character => !IsHarmful(character))) : text;
    }

    private static bool IsHarmful(char character) => char.IsControl(character) && character is not ('\t' or '\n');

    /// <summary>What is left of the output both streams share.</summary>
    private sealed class OutputRoom(long bytes, Action onFull)
    {
        private long _left = bytes;

        public bool Full => Interlocked.Read(ref _left) < 0;

        /// <returns>How many of the bytes read still fit.</returns>
        public int Take(int read)
        {
            var left = Interlocked.Add(ref _left, -read);
            if (left >= 0)
                return read;
            onFull();
            return (int)Math.Max(0, read + left);
        }
    }
}
