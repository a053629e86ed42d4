using System.Net;
using System.Net.Sockets;

namespace Kintsugi.Sandbox.Unsandboxed;

/// <summary>A free port on the host's loopback that leads to a Unix socket.</summary>
internal sealed class LoopbackForwarder : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _over = new();
    private readonly string _socketPath;

    public LoopbackForwarder(string socketPath)
    {
        _socketPath = socketPath;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ForwardAsync(await _listener.AcceptAsync(_over.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed: the command is over.
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        try
        {
            using var gateway = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.NoDelay = true;
            await gateway.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath), _over.Token);
            await using var near = new NetworkStream(client, ownsSocket: true);
            await using var far = new NetworkStream(gateway);
            await Task.WhenAll(CopyAsync(near, far, gateway), CopyAsync(far, near, client));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or IOException)
        {
            client.Dispose(); // the command sees a closed connection, as it would of any server that is gone
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Socket receiver)
    {
        await from.CopyToAsync(to, _over.Token);
        receiver.Shutdown(SocketShutdown.Send);
    }
}
