using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Gives Kestrel the connections of all seats as those of one end point.</summary>
internal sealed class AgentEdgeListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public static readonly EndPoint EndPoint = new SeatsEndPoint();

    // Bounded: a connection that Kestrel has not taken keeps its seat from accepting the next.
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateBounded<ConnectionContext>(64);

    public ChannelWriter<ConnectionContext> Accepted => _accepted.Writer;

    public bool CanBind(EndPoint endpoint) => endpoint is SeatsEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new Listener(_accepted));

    private sealed class SeatsEndPoint : EndPoint
    {
        public override string ToString() => "seats";
    }

    private sealed class Listener(Channel<ConnectionContext> accepted) : IConnectionListener
    {
        public EndPoint EndPoint => AgentEdgeListenerFactory.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await accepted.Reader.WaitToReadAsync(cancellationToken))
                if (accepted.Reader.TryRead(out var connection)) return connection;
            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            accepted.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            accepted.Writer.TryComplete();
            while (accepted.Reader.TryRead(out var connection)) await connection.DisposeAsync();
        }
    }
}
