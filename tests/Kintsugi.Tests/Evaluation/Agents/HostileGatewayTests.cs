using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Models.Upstreams;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Evaluation.Agents;

/// <summary>What a hostile agent does with the one way out that it has. Its bytes arrive here as they would from inside a sandbox.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostileGatewayTests : IAsyncDisposable
{
    private const int Flood = 600, MostConnections = 256;

    private readonly AgentEdge _edge = new(new UpstreamGateway([], null, TimeProvider.System), TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Smuggled => new()
    {
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 62\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer own\r\n\r\n",
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nPOST /smuggled HTTP/1.1\r\nContent-Length: 15\r\n\r\nx=1\r\n0\r\n\r\n",
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST http://169.254.169.254/smuggled HTTP/1.1\r\nHost: 169.254.169.254\r\nContent-Length: 2\r\n\r\n{}",
        "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
        "POST /v1/chat/completions/../../smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
        "POST /v1/chat/completions%2f..%2f..%2fsmuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
        "POST //169.254.169.254/smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
        "POST /v1/chat/completions?url=http://smuggled/ HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer own\r\nX-Forwarded-Host: smuggled\r\nContent-Length: 69\r\n\r\n"
            + "{\"model\":\"stub-1\",\"messages\":[{\"role\":\"user\",\"content\":\"a\\r\\nX: own\"}]}",
        "GET /v1/models HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };

    [Theory]
    [MemberData(nameof(Smuggled))]
    public async Task Attack_69_no_second_request_and_no_header_gets_past_the_gateway(string bytes)
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        await using var seat = await _edge.OpenSeatAsync(rig.Gateway, Stop);

        using (var socket = await ConnectAsync(Open(seat)))
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(bytes), Stop);
            socket.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(socket);
        }

        Assert.All(service.Requests, request => Assert.Equal($"Bearer {GatewayRig.Key}", request.Authorization));
        Assert.All(service.Requests, request => Assert.Contains(request.Path, (string[])["/v1/chat/completions", "/v1/models"]));
        Assert.InRange(service.Requests.Count, 0, 1);
    }

    [Fact]
    public async Task Attack_68_a_flood_of_connections_takes_no_other_agents_place()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        await using var flooded = await _edge.OpenSeatAsync(rig.Gateway, Stop);
        await using var other = await _edge.OpenSeatAsync(rig.Gateway, Stop);
        var door = Open(flooded);
        var flood = new List<Socket>();
        for (var i = 0; i < Flood; i++)
        {
            try
            {
                flood.Add(await ConnectAsync(door));
                await flood[^1].SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: "u8.ToArray(), Stop);
            }
            catch (SocketException)
            {
                // turned away, which is what a flood is to be
            }
        }

        using var asking = await ConnectAsync(Open(other));
        var body = GatewayRig.Ask().Body;
        await asking.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n"), Stop);
        await asking.SendAsync(body, Stop);
        var answer = await ReadToEndAsync(asking);

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        foreach (var cutOff in flood.Skip(MostConnections))
            Assert.Equal("", await ReadToEndAsync(cutOff));
        flood.ForEach(socket => socket.Dispose());
    }

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    /// <summary>Has the seat accept on a socket of the host's loopback, as it does on the one that comes out of a sandbox.</summary>
    private static EndPoint Open(AgentSeat seat)
    {
        var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        seat.Accept(listening);
        return listening.LocalEndPoint!;
    }

    private static async Task<Socket> ConnectAsync(EndPoint door)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(door, Stop);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var all = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, Stop) is > 0 and var read)
                all.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // reset rather than closed, or was never open: an end all the same
        }

        return all.ToString();
    }
}
