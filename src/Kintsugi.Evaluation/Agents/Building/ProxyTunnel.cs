using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>Serves `CONNECT host:port`: bytes to an allowed host and back, unseen, since they are mostly TLS.</summary>
/// <remarks>What it does not stop: a host that answers for others too (a content network) can be asked for those through the tunnel.</remarks>
internal sealed class ProxyTunnel(BuildNetwork network, OutwardConnections outward, ProxyRelay relay, BuildProxyUse use)
{
    private const int LongestHead = 16 * 1024;

    private static ReadOnlySpan<byte> Method => "CONNECT "u8;

    /// <summary>Whether the connection begins with a CONNECT; nothing of it is consumed.</summary>
    public static async Task<bool> IsAskedForAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var start = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, Method.Length)).ToArray();
            var matches = Method.StartsWith(start);
            var decided = !matches || start.Length == Method.Length || read.IsCompleted;
            input.AdvanceTo(read.Buffer.Start, decided ? read.Buffer.Start : read.Buffer.End);
            if (decided) return matches && start.Length == Method.Length;
        }
    }

    public async Task ServeAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        try
        {
            if (await ReadTargetAsync(input, connection.ConnectionClosed) is not var (host, port))
            {
                await AnswerAsync(output, "400 Bad Request", "Write CONNECT host:port HTTP/1.1.\n");
                return;
            }
            using var socket = await OpenAsync(host, port, output, connection.ConnectionClosed);
            if (socket is null) return;
            await output.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), connection.ConnectionClosed);
            await RelayAsync(connection, socket);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ConnectionAbortedException)
        {
            connection.Abort(); // one end is gone, or was silent for too long: the client sees a broken connection, as it would without us
        }
    }

    private async Task<Socket?> OpenAsync(string host, int port, PipeWriter output, CancellationToken cancellationToken)
    {
        var name = BuildProxy.Shown(host, port);
        if (network.Hosts.FirstOrDefault(h => h.Allows(host, port)) is not { } rule)
        {
            use.Block(name, BuildProxy.AddLine);
            await AnswerAsync(output, "403 Forbidden", BuildProxy.Refusal(name));
            return null;
        }
        try
        {
            var socket = await outward.OpenAsync(host, port, rule.IsLocalByName, cancellationToken);
            use.Works(name);
            return socket;
        }
        catch (PrivateAddressException e)
        {
            use.Block(name, e.Remedy);
            await AnswerAsync(output, "403 Forbidden", $"Blocked by the build's proxy: {e.Message}.\n");
        }
        catch (SocketException e)
        {
            use.Fail(name, $"it cannot be reached: {e.Message}.");
            await AnswerAsync(output, "502 Bad Gateway", $"{name} cannot be reached: {e.Message}\n");
        }
        return null;
    }

    private async Task RelayAsync(ConnectionContext connection, Socket socket)
    {
        using var silence = relay.Silence();
        await using var outside = new NetworkStream(socket);
        var up = relay.CopyAsync(connection.Transport.Input.AsStream(leaveOpen: true), outside, silence, connection.ConnectionClosed);
        var down = relay.CopyAsync(outside, connection.Transport.Output.AsStream(leaveOpen: true), silence, connection.ConnectionClosed);
        if (await Task.WhenAny(up, down) == up && up.IsCompletedSuccessfully) socket.Shutdown(SocketShutdown.Send);
        else await silence.CancelAsync(); // no answer comes any more, so no question makes sense
        await Task.WhenAll(up, down);
    }

    private static async Task<(string Host, int Port)?> ReadTargetAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var reader = new SequenceReader<byte>(read.Buffer);
            if (reader.TryReadTo(out ReadOnlySequence<byte> head, "\r\n\r\n"u8))
            {
                var line = Encoding.ASCII.GetString(head.Slice(0, Math.Min(head.Length, LongestHead))).Split("\r\n")[0];
                input.AdvanceTo(reader.Position);
                return Target(line);
            }
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || read.Buffer.Length > LongestHead) return null;
        }
    }

    private static (string Host, int Port)? Target(string line)
    {
        var words = line.Split(' ');
        if (words.Length != 3 || !words[2].StartsWith("HTTP/1.", StringComparison.Ordinal)) return null;
        var colon = words[1].LastIndexOf(':');
        return colon > 0 && int.TryParse(words[1][(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? (BuildProxy.Plain(words[1][..colon]), port)
            : null;
    }

    private static async Task AnswerAsync(PipeWriter output, string status, string body) =>
        await output.WriteAsync(Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"));
}
