using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kintsugi.Bench.Gateway;

/// <summary>A model service on loopback that costs little: no framework, answers made beforehand. The question says what it is to do.</summary>
internal sealed class GatewayStub : IDisposable
{
    /// <summary>A whole answer at once.</summary>
    public const string Plain = "plain";

    /// <summary>A stream whose first chunk comes at once, and <see cref="Chunks"/> more every 5 ms.</summary>
    public const string Steps = "steps";

    /// <summary>A stream of <see cref="Chunks"/> chunks, one every half second.</summary>
    public const string Drip = "drip";

    /// <summary>A stream that never ends, as fast as it is taken.</summary>
    public const string Endless = "endless";

    public const int Chunks = 20;

    private const string Words = "Score this lead by the rubric and answer in JSON. ";

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5), Drop = TimeSpan.FromMilliseconds(500);

    private static readonly byte[] Whole = Answer();
    private static readonly byte[] StreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray();
    private static readonly byte[] Piece = Chunk(Event("""[{"index":0,"delta":{"content":"Large, in the right industry. "},"finish_reason":null}]""", "null"));
    private static readonly byte[] Begin = [.. StreamHead, .. Piece];
    private static readonly byte[] End =
    [
        .. Chunk(Event("""[{"index":0,"delta":{},"finish_reason":"stop"}]""", "null")),
        .. Chunk(Event("[]", """{"prompt_tokens":500,"completion_tokens":100}""")),
        .. Chunk("data: [DONE]\n\n"), .. "0\r\n\r\n"u8,
    ];

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentQueue<TimeSpan> _hungUp = new();
    private int _streams, _mostStreams;

    public GatewayStub()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _ = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public string Url => $"http://{EndPoint}";

    /// <summary>The most streams that were open at one moment.</summary>
    public int MostStreams => Volatile.Read(ref _mostStreams);

    /// <summary>How long each endless stream was when it was broken off.</summary>
    public IReadOnlyCollection<TimeSpan> HungUp => _hungUp;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: the measurement is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        using var _ = socket;
        var buffer = new byte[16 * 1024];
        try
        {
            while (await ReadAsync(socket, buffer) is { } kind) await AnswerAsync(socket, kind);
        }
        catch (SocketException)
        {
            // The other side is gone, which it may be.
        }
    }

    /// <returns>What the question asks for; null at the end of the connection.</returns>
    private static async ValueTask<string?> ReadAsync(Socket socket, byte[] buffer)
    {
        var (held, wanted) = (0, int.MaxValue);
        while (held < wanted)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(held));
            if (received == 0) return null;
            held += received;
            if (wanted == int.MaxValue && buffer.AsSpan(0, held).IndexOf("\r\n\r\n"u8) is var end and >= 0)
                wanted = end + 4 + (int)(HttpHead.ContentLength(buffer.AsSpan(0, end)) ?? throw new InvalidDataException("A question without a length."));
        }
        return KindOf(buffer.AsSpan(0, held));
    }

    private static string KindOf(ReadOnlySpan<byte> question) => question[(question.IndexOf("\"user\":\""u8) + 8)..] switch
    {
        var rest when rest.StartsWith("steps"u8) => Steps,
        var rest when rest.StartsWith("drip"u8) => Drip,
        var rest when rest.StartsWith("endless"u8) => Endless,
        _ => Plain,
    };

    private async Task AnswerAsync(Socket socket, string kind)
    {
        if (kind == Plain) await socket.SendAsync(Whole);
        else if (kind == Endless) await StreamWithoutEndAsync(socket);
        else await StreamAsync(socket, kind == Steps ? Step : Drop);
    }

    private async Task StreamAsync(Socket socket, TimeSpan pause)
    {
        var open = Interlocked.Increment(ref _streams);
        while (Volatile.Read(ref _mostStreams) is var most && open > most) Interlocked.CompareExchange(ref _mostStreams, open, most);
        await socket.SendAsync(Begin);
        for (var n = 0; n < Chunks; n++)
        {
            await Task.Delay(pause);
            await socket.SendAsync(Piece);
        }
        Interlocked.Decrement(ref _streams);
        await socket.SendAsync(End);
    }

    private async Task StreamWithoutEndAsync(Socket socket)
    {
        var started = Stopwatch.GetTimestamp();
        byte[] many = [.. Enumerable.Repeat(Piece, 50).SelectMany(piece => piece)];
        try
        {
            await socket.SendAsync(StreamHead);
            while (true)
                for (var sent = 0; sent < many.Length;) sent += await socket.SendAsync(many.AsMemory(sent));
        }
        finally
        {
            _hungUp.Enqueue(Stopwatch.GetElapsedTime(started));
        }
    }

    private static byte[] Answer()
    {
        var body = $$$"""{"id":"c1","object":"chat.completion","created":1,"model":"stub-1","choices":[{"index":0,"message":{"role":"assistant","content":"{{{string.Concat(Enumerable.Repeat(Words, 8))}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":500,"completion_tokens":100}}""";
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
    }

    private static string Event(string choices, string usage) =>
        $$"""data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"stub-1","choices":{{choices}},"usage":{{usage}}}""" + "\n\n";

    private static byte[] Chunk(string text) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n"));
}
