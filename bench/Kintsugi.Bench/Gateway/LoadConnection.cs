using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Kintsugi.Bench.Gateway;

/// <summary>One answer as the client saw it.</summary>
/// <param name="First">From the question to the first byte of the body.</param>
/// <param name="Bytes">Of the body, framing left out.</param>
internal readonly record struct Exchange(TimeSpan First, TimeSpan Whole, long Bytes);

/// <summary>One kept HTTP/1.1 connection that asks and reads with as little work as can be, so that what is measured is what stands between.</summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[32 * 1024];

    public static async Task<LoadConnection> OpenAsync(EndPoint to, CancellationToken cancellationToken)
    {
        var connection = new LoadConnection();
        await connection._socket.ConnectAsync(to, cancellationToken);
        return connection;
    }

    /// <exception cref="InvalidDataException">The status is not 200.</exception>
    /// <exception cref="EndOfStreamException">The connection ended within the answer.</exception>
    /// <exception cref="SocketException">It was reset.</exception>
    public async ValueTask<Exchange> AskAsync(ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await BeginAsync(question, cancellationToken);
        return await EndAsync(started, cancellationToken);
    }

    /// <summary>Asks and reads nothing yet.</summary>
    public async ValueTask BeginAsync(ReadOnlyMemory<byte> question, CancellationToken cancellationToken) =>
        await _socket.SendAsync(question, cancellationToken);

    /// <inheritdoc cref="AskAsync"/>
    public async ValueTask<Exchange> EndAsync(long started, CancellationToken cancellationToken)
    {
        var (body, from, to) = await ReadHeadAsync(cancellationToken);
        if (from == to && !body.IsOver) (from, to) = (0, await ReceiveAsync(0, cancellationToken));
        var first = Stopwatch.GetElapsedTime(started);
        while (true)
        {
            body.Take(_buffer.AsSpan(from, to - from));
            if (body.IsOver) return new Exchange(first, Stopwatch.GetElapsedTime(started), body.Bytes);
            (from, to) = (0, await ReceiveAsync(0, cancellationToken));
        }
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask<(AnswerBody Body, int From, int To)> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var held = 0;
        while (true)
        {
            held += await ReceiveAsync(held, cancellationToken);
            var end = _buffer.AsSpan(0, held).IndexOf("\r\n\r\n"u8);
            if (end < 0) continue;
            return (AnswerBody.Of(_buffer.AsSpan(0, end)), end + 4, held);
        }
    }

    private async ValueTask<int> ReceiveAsync(int at, CancellationToken cancellationToken)
    {
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(at), cancellationToken);
        return received > 0 ? received : throw new EndOfStreamException("The connection ended within an answer.");
    }
}
