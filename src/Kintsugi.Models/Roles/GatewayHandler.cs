using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Routing;

namespace Kintsugi.Models.Roles;

/// <summary>Hands the requests of an HTTP client to the gateway in this process.</summary>
internal sealed class GatewayHandler(ModelGateway gateway, SampleCalls calls) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var exchange = new Exchange(new ModelRequest(request.RequestUri!.AbsolutePath, body), cancellationToken);
        _ = exchange.RunAsync(gateway, calls); // its outcome is the head, and after that the end of the stream
        return await exchange.Head;
    }

    /// <summary>One question whose answer may be streamed: the head comes back with the first bytes, the rest through a pipe.</summary>
    private sealed class Exchange(ModelRequest request, CancellationToken cancellationToken)
    {
        private readonly TaskCompletionSource<HttpResponseMessage> _head = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Pipe _pipe = new();

        public Task<HttpResponseMessage> Head => _head.Task;

        public async Task RunAsync(ModelGateway gateway, SampleCalls calls)
        {
            using var unread = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                var relayed = await gateway.RelayAsync(request, calls, (contentType, chunk, token) => PassOnAsync(contentType, chunk, unread, token), unread.Token);
                if (relayed.IsRelayed) await _pipe.Writer.CompleteAsync(relayed.IsBroken ? Unavailable(relayed, calls.Role, Faults.Cut) : null);
                else if (relayed.Fault is { } fault) _head.SetException(Unavailable(relayed, calls.Role, fault));
                else _head.SetResult(Response(relayed.Answer, new ReadOnlyMemoryContent(relayed.Answer.Body)));
            }
            catch (Exception e) // the edge: whoever reads the head or the stream is told
            {
                _head.TrySetException(e);
                await _pipe.Writer.CompleteAsync(e);
            }
        }

        private async ValueTask PassOnAsync(string contentType, ReadOnlyMemory<byte> chunk, CancellationTokenSource unread, CancellationToken token)
        {
            if (!_head.Task.IsCompleted)
                _head.SetResult(Response(new ModelAnswer(200, contentType, default), new StreamContent(_pipe.Reader.AsStream())));
            var written = await _pipe.Writer.WriteAsync(chunk, token);
            if (!written.IsCompleted) return;
            await unread.CancelAsync(); // the reader has closed the stream: it has hung up
            throw new OperationCanceledException(unread.Token);
        }

        private static HttpResponseMessage Response(ModelAnswer answer, HttpContent content)
        {
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(answer.ContentType);
            return new HttpResponseMessage((HttpStatusCode)answer.Status) { Content = content };
        }

        private static ModelUnavailableException Unavailable(RelayedAnswer relayed, string role, string fault) => new(role, fault, Message(relayed.Answer));

        private static string Message(ModelAnswer answer)
        {
            try
            {
                using var document = JsonDocument.Parse(answer.Body);
                return document.RootElement.GetProperty("error").GetProperty("message").GetString() ?? "";
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException) // a stream that broke off, a provider's own form of error
            {
                return "";
            }
        }
    }
}
