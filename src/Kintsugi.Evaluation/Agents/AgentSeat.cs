using System.Globalization;
using System.Net.Sockets;
using System.Threading.Channels;
using Kintsugi.Models;
using Kintsugi.Models.Gateway;
using Kintsugi.Sandbox;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kintsugi.Evaluation.Agents;

/// <summary>The way out of one agent process, and the knowledge of which sample it is at work on.</summary>
public sealed class AgentSeat : IAsyncDisposable
{
    /// <summary>Header by which an agent with several samples in flight says whose call it is.</summary>
    public const string SampleHeader = "Kintsugi-Sample";

    public const string EpochHeader = "Kintsugi-Epoch";

    /// <summary>How long an agent's SDK gathers spans before it sends them, as <see cref="SpanVariables"/> tell it.</summary>
    internal static readonly TimeSpan SpanDelay = TimeSpan.FromMilliseconds(20);

    private const int MostConnections = 256;

    /// <summary>What requests with spans take while they are read. A seat has its own: one agent's flood must not take the others' place.</summary>
    private const long MostSpanBytesUnderWay = 32L << 20;

    private const string PlaceholderKey = "kintsugi"; // the socket says who calls; clients only insist on some key

    private readonly Lock _lock = new();
    private readonly List<SampleCalls> _inFlight = [];
    private readonly List<Asked> _asked = [];
    private readonly List<Told> _told = [];
    private readonly SpanHabit _habit;
    private readonly IngestMemory _spanMemory = new(MostSpanBytesUnderWay);
    private readonly TimeProvider _clock;
    private readonly ChannelWriter<ConnectionContext> _accepted;
    private readonly SocketConnectionContextFactory _contexts = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);
    private readonly CancellationTokenSource _closing = new();
    private readonly HashSet<ConnectionContext> _connections = [];
    private readonly List<(Socket Listening, Task Accepting)> _doors = [];

    internal AgentSeat(ModelGateway gateway, ChannelWriter<ConnectionContext> accepted, SpanHabit habit, TimeProvider clock)
    {
        _habit = habit;
        Gateway = gateway;
        _accepted = accepted;
        _clock = clock;
    }

    /// <summary>Where the process finds it, whatever the sandbox: one without a network of its own rewrites the port.</summary>
    public string Root { get; } = $"http://127.0.0.1:{SandboxRequest.GatewayPort}";

    /// <summary>Variables by which clients of either wire format find the gateway.</summary>
    public IReadOnlyDictionary<string, string> ModelVariables => new Dictionary<string, string>
    {
        ["OPENAI_BASE_URL"] = Root + "/v1",
        ["OPENAI_API_KEY"] = PlaceholderKey,
        ["ANTHROPIC_BASE_URL"] = Root,
        ["ANTHROPIC_API_KEY"] = PlaceholderKey,
    };

    /// <summary>Variables by which instrumentations find us. Whether they trace at all is the agent's to say: LangSmith's want `LANGSMITH_TRACING` in its `env`.</summary>
    /// <param name="own">Those of the agent, which may choose among what is served here.</param>
    public IReadOnlyDictionary<string, string> SpanVariables(IReadOnlyDictionary<string, string> own)
    {
        var delay = SpanDelay.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        var variables = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Root,
            ["LANGSMITH_ENDPOINT"] = Root,
            ["LANGSMITH_API_KEY"] = PlaceholderKey,
        };
        // gRPC, the default of some SDKs, is not served here. The longer a batch is gathered, the longer its sample is waited for.
        if (!own.GetValueOrDefault("OTEL_EXPORTER_OTLP_PROTOCOL", "").StartsWith("http/", StringComparison.Ordinal)) variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        foreach (var name in (string[])["OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY"])
            if (!own.ContainsKey(name)) variables[name] = delay;
        return variables;
    }

    public ModelGateway Gateway { get; }

    /// <summary>Calls made while no sample was in flight, or for none that was.</summary>
    public SampleCalls Strays { get; } = new("", 0, Recall.Fresh);

    /// <summary>Accepts what arrives at a socket until the seat is disposed, and disposes of the socket: for <see cref="SandboxRequest.Gateway"/>.</summary>
    public void Accept(Socket listening)
    {
        lock (_lock) _doors.Add((listening, AcceptAsync(listening)));
    }

    public void Begin(SampleCalls calls)
    {
        lock (_lock) _inFlight.Add(calls);
    }

    /// <summary>Begins a sample of an agent that may tell of it in spans, until <paramref name="spans"/> are closed.</summary>
    public void Begin(SampleCalls calls, SampleSpans spans)
    {
        spans.SentAs(_habit);
        lock (_lock)
        {
            _inFlight.Add(calls);
            _told.RemoveAll(t => t.Spans.IsClosed);
            _told.Add(new Told(calls, spans, new OtlpIngest(spans, _spanMemory, SpanRedaction.OfKeys), new RunIngest(spans, _spanMemory, SpanRedaction.OfKeys, _clock)));
        }
    }

    public void End(SampleCalls calls)
    {
        lock (_lock) _inFlight.Remove(calls);
    }

    /// <summary>How long the oldest unanswered call of a sample has been waiting for a model or an upstream; zero when it waits for none.</summary>
    /// <returns>And the path that it asked.</returns>
    public (TimeSpan Waited, string Path) Waiting(SampleCalls calls)
    {
        lock (_lock)
        {
            var oldest = _asked.Where(a => a.Calls == calls).MinBy(a => a.Since);
            return oldest is null ? (TimeSpan.Zero, "") : (_clock.GetElapsedTime(oldest.Since), oldest.Path);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        (Socket Listening, Task Accepting)[] doors;
        lock (_lock) doors = [.. _doors];
        foreach (var (listening, accepting) in doors)
        {
            listening.Dispose();
            await accepting;
        }
        ConnectionContext[] open;
        lock (_lock) open = [.. _connections];
        foreach (var connection in open) connection.Abort(new ConnectionAbortedException("The agent's process has ended."));
        _closing.Dispose();
    }

    internal SampleCalls CallsFor(IHeaderDictionary headers)
    {
        lock (_lock)
        {
            if (headers.TryGetValue(SampleHeader, out var id))
            {
                var named = _inFlight.Where(c => c.SampleId == id.ToString()).ToList();
                if (named.Count > 1 && headers.TryGetValue(EpochHeader, out var text) && int.TryParse(text.ToString(), out var epoch))
                    named = named.FindAll(c => c.Epoch == epoch);
                return named.Count == 1 ? named[0] : Strays;
            }
            return _inFlight.Count == 1 ? _inFlight[0] : Strays;
        }
    }

    /// <summary>Where spans go that arrive now; null where they are nobody's: no sample is at work, or it cannot be told which of several.</summary>
    internal Told? TellFor(IHeaderDictionary headers)
    {
        _habit.Sent(nothing: false);
        lock (_lock)
        {
            var open = _told.FindAll(t => !t.Spans.IsClosed && (!headers.TryGetValue(SampleHeader, out var id) || t.Calls.SampleId == id.ToString()));
            return open is [var only] && only.Spans.Takes ? only : null;
        }
    }

    internal object Enter(SampleCalls calls, string path)
    {
        var asked = new Asked(calls, path, _clock.GetTimestamp());
        lock (_lock) _asked.Add(asked);
        return asked;
    }

    internal void Leave(object asked)
    {
        lock (_lock) _asked.Remove((Asked)asked);
    }

    private async Task AcceptAsync(Socket listening)
    {
        try
        {
            while (true)
            {
                var socket = await listening.AcceptAsync(_closing.Token);
                socket.NoDelay = true;
                if (Enlist(socket) is { } connection) await _accepted.WriteAsync(connection, _closing.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException or ChannelClosedException)
        {
            return; // the seat or the whole edge is closing
        }
    }

    private ConnectionContext? Enlist(Socket socket)
    {
        lock (_lock)
        {
            if (_connections.Count >= MostConnections)
            {
                socket.Dispose(); // one agent's flood must not take the others' place
                return null;
            }
            var connection = _contexts.Create(socket);
            connection.Features.Set(this);
            _connections.Add(connection);
            connection.ConnectionClosed.Register(() =>
            {
                lock (_lock) _connections.Remove(connection);
            });
            return connection;
        }
    }

    /// <summary>One sample, and what reads its spans.</summary>
    internal sealed record Told(SampleCalls Calls, SampleSpans Spans, OtlpIngest Otlp, RunIngest LangSmith);

    private sealed class Asked(SampleCalls calls, string path, long since)
    {
        public SampleCalls Calls { get; } = calls;

        public string Path { get; } = path;

        public long Since { get; } = since;
    }
}
