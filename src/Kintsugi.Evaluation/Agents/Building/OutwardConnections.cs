using System.Net;
using System.Net.Sockets;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>Opens connections for a build: a name is resolved here, and what is connected to is the very address that was looked at.</summary>
/// <remarks>It goes out directly: a proxy that the host itself may be behind is not asked, since it would resolve the name again.</remarks>
/// <param name="resolve">DNS.</param>
internal sealed class OutwardConnections(Func<string, CancellationToken, Task<IPAddress[]>> resolve)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <param name="private">Whether an address of a private network will do.</param>
    /// <exception cref="PrivateAddressException">The name leads into a private network, and may not.</exception>
    /// <exception cref="SocketException">It cannot be resolved or reached.</exception>
    public async Task<Socket> OpenAsync(string host, int port, bool @private, CancellationToken cancellationToken)
    {
        using var tooLate = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        tooLate.CancelAfter(Longest);
        try
        {
            var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, tooLate.Token);
            var allowed = Array.FindAll(addresses, a => @private || PublicAddress.Is(a));
            if (allowed.Length == 0 && addresses.Length > 0) throw new PrivateAddressException(host, addresses[0]);
            return await ConnectAsync(allowed, port, tooLate.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    private static async Task<Socket> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }
}

/// <summary>A name of the open internet leads into a private network: a mistake, or somebody's DNS that wants in.</summary>
internal sealed class PrivateAddressException(string host, IPAddress address) : Exception($"{host} resolves to {address}, which is no public address")
{
    public string Remedy { get; } = $"it resolves to {address}, which is no public address: write the address itself under build.network, or `{{ url: … }}` if it is your registry";
}
