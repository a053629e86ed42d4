using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Bench;

/// <summary>Medians of a tiny HTTP request and its answer, in microseconds.</summary>
/// <param name="KeptAlive">On a connection that is open already.</param>
/// <param name="Connecting">With a connection of its own.</param>
public sealed record RequestTime(double KeptAlive, double Connecting);

/// <summary>The way out of a sandbox, beside the ways a process on the host has to the same server. One client, one server, in turns.</summary>
public sealed class SandboxPaths : IDisposable
{
    private const int Rounds = 3;

    public const string HostTcp = "host, TCP", HostUnix = "host, Unix socket";

    private static readonly byte[] Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();

    private readonly Scratch _scratch = Scratch.Create();
    private readonly List<Socket> _listening = [];

    public static string FromInside(string tier) => $"tier {tier}, the socket that is handed out";

    /// <returns>By its name, the best of three rounds of each way.</returns>
    public async Task<IReadOnlyDictionary<string, RequestTime>> MeasureAsync(IReadOnlyDictionary<string, ISandbox> tiers, CancellationToken cancellationToken)
    {
        var unix = Path.Combine(_scratch.Path, "socket");
        var tcp = Listen(new IPEndPoint(IPAddress.Loopback, 0), ProtocolType.Tcp);
        Listen(new UnixDomainSocketEndPoint(unix), ProtocolType.Unspecified);
        var port = ((IPEndPoint)tcp.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
        var ways = new Dictionary<string, Func<Task<RequestTime>>>
        {
            [HostTcp] = () => HostAsync(port, cancellationToken),
            [HostUnix] = () => HostAsync(unix, cancellationToken),
        };
        foreach (var (tier, sandbox) in tiers) ways[FromInside(tier)] = () => InsideAsync(sandbox, cancellationToken);

        var best = new Dictionary<string, RequestTime>();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, way) in ways)
            {
                var time = await way();
                best[name] = best.TryGetValue(name, out var known)
                    ? new RequestTime(Math.Min(known.KeptAlive, time.KeptAlive), Math.Min(known.Connecting, time.Connecting))
                    : time;
            }
        }

        return best;
    }

    public void Dispose()
    {
        foreach (var socket in _listening) socket.Dispose();
        _scratch.Dispose();
    }

    private static async Task<RequestTime> HostAsync(string where, CancellationToken cancellationToken)
    {
        using var process = await Launcher.StartAsync(new LaunchPlan([HostPrograms.Find("python3")!, "-c", Client, where], [], new Dictionary<int, SafeFileHandle>()));
        return Parse(await new StreamReader(process.Output).ReadToEndAsync(cancellationToken));
    }

    private static async Task<RequestTime> InsideAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        Socket? listening = null;
        try
        {
            var request = new SandboxRequest
            {
                Command = ["python3", "-c", Client, SandboxRequest.GatewayPort.ToString(CultureInfo.InvariantCulture)],
                Gateway = socket => Serve(listening = socket),
                Limits = new SandboxLimits(TimeSpan.FromMinutes(1)),
            };
            return Parse((await sandbox.RunAsync(request, ReadOnlyMemory<byte>.Empty, cancellationToken)).Output);
        }
        finally
        {
            listening?.Dispose();
        }
    }

    private static RequestTime Parse(string printed) =>
        printed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var kept, var connecting]
            ? new RequestTime(double.Parse(kept, CultureInfo.InvariantCulture), double.Parse(connecting, CultureInfo.InvariantCulture))
            : throw new FormatException($"'{printed}' is no pair of times.");

    private Socket Listen(EndPoint at, ProtocolType protocol)
    {
        var socket = new Socket(at.AddressFamily, SocketType.Stream, protocol);
        _listening.Add(socket);
        socket.Bind(at);
        socket.Listen();
        Serve(socket);
        return socket;
    }

    /// <summary>Threads that block in the kernel: what is measured is the way, not a scheduler.</summary>
    private static void Serve(Socket listening) => new Thread(() =>
    {
        try
        {
            while (true)
            {
                var connection = listening.Accept();
                new Thread(() => Answering(connection)) { IsBackground = true }.Start();
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed: the measurement is over.
        }
    })
    { IsBackground = true }.Start();

    private static void Answering(Socket connection)
    {
        using (connection)
        {
            if (connection.AddressFamily == AddressFamily.InterNetwork) connection.NoDelay = true;
            var buffer = new byte[4096];
            while (connection.Receive(buffer) > 0) connection.Send(Answer); // the client sends each request in one piece and waits for its answer
        }
    }

    private const string Client = """
        import socket, sys, time
        where = sys.argv[1]
        request = b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n"
        def connect():
            if where.isdigit():
                s = socket.socket()
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                s.connect(("127.0.0.1", int(where)))
            else:
                s = socket.socket(socket.AF_UNIX)
                s.connect(where)
            return s
        def ask(s):
            s.sendall(request)
            if not s.recv(4096).endswith(b"ok"): sys.exit("no answer")
        def middle(times):
            return sorted(times)[len(times) // 2] / 1e3
        kept, connecting = [], []
        s = connect()
        for n in range(5500):
            t = time.perf_counter_ns()
            ask(s)
            if n >= 500: kept.append(time.perf_counter_ns() - t)
        s.close()
        for n in range(600):
            t = time.perf_counter_ns()
            s = connect()
            ask(s)
            s.close()
            if n >= 100: connecting.append(time.perf_counter_ns() - t)
        print(middle(kept), middle(connecting))
        """;
}
