using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>Protocol http with one process: a question is posted to `/` of the port that it serves on, `output` or `error` comes back.</summary>
internal sealed class HttpConversation : IConversation
{
    private const int LongestAnswerBytes = 16 << 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _client;
    private readonly TimeProvider _clock;
    private volatile AgentError? _ended;
    private int _inFlight;

    private HttpConversation(AgentProcess process, TimeProvider clock)
    {
        Process = process;
        _clock = clock;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => await process.ConnectAsync(token),
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null, // a span's id would tell the agent which samples are held out: those have none
        };
        _client = new HttpClient(handler)
        {
            BaseAddress = new Uri("http://agent/"),
            MaxResponseContentBufferSize = LongestAnswerBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public AgentProcess Process { get; }

    public AgentError? Ended => _ended ?? (Process.Exited.IsCompleted ? new AgentError("exited", "The agent has ended.") : null);

    /// <summary>Waits until the process serves. One that never does is returned ended: that is the agent's fault.</summary>
    public static async Task<IConversation> OpenAsync(
        AgentProcess process, AgentStart start, TimeSpan startTimeout, TimeProvider clock, CancellationToken cancellationToken)
    {
        var conversation = new HttpConversation(process, clock);
        while (!process.Exited.IsCompleted && clock.GetElapsedTime(process.Started) < startTimeout)
        {
            if (await conversation.IsServedAsync(startTimeout, cancellationToken))
            {
                start.Prove();
                return conversation;
            }
            await Task.WhenAny(process.Exited, Task.Delay(Pause, clock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
        conversation._ended = process.Exited.IsCompleted
            ? new AgentError("exited", await process.DescribeEndAsync())
            : new AgentError("exited", $"The agent did not serve HTTP on $PORT within {startTimeout.TotalSeconds:0.#} s. {Excerpt.EndOf(process.StandardError.Since(0), 2000)}");
        return conversation;
    }

    public async Task<Said> AskAsync(Ask ask, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Ended is { } ended) return new Said.Lost(ended, Beside: false);
        using var late = new CancellationTokenSource(limit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        Interlocked.Increment(ref _inFlight);
        try
        {
            using var response = await _client.PostAsync("", Content(ask), either.Token);
            return Read(response, await response.Content.ReadAsByteArrayAsync(either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Said.TimedOut();
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return new Said.Answered(null, new AgentError("bad_answer", "The agent answered with more than 16 MiB. Answer with less."));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            await Process.DrainAsync(Process.Exited);
            var error = Process.Exited.IsCompleted
                ? new AgentError("exited", await Process.DescribeEndAsync())
                : new AgentError("bad_answer", $"The agent broke its connection off: {Excerpt.Of(e.Message, 200)}");
            return new Said.Lost(_ended ?? error, Beside: _ended is not null || Volatile.Read(ref _inFlight) > 1);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    public IReadOnlyList<string> TakeNotes() => [];

    public async ValueTask DisposeAsync()
    {
        _ended ??= new AgentError("exited", "The process was stopped.");
        await Process.TerminateAsync(); // it serves until it is told not to, unlike one that reads lines to their end
        await Process.DisposeAsync();
        _client.Dispose();
    }

    private async Task<bool> IsServedAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        // Any answer will do: a connection alone may be the sandbox's, with nobody behind it yet.
        var asking = _client.GetAsync("", HttpCompletionOption.ResponseHeadersRead, either.Token);
        if (await Task.WhenAny(asking, Process.Exited) != asking) await late.CancelAsync();
        try
        {
            using var response = await asking;
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private static ByteArrayContent Content(Ask ask)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body)) AnswerJson.WriteAsk(writer, ask);
        var content = new ByteArrayContent(body.WrittenSpan.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static Said.Answered Read(HttpResponseMessage response, byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object && AnswerJson.Read(document.RootElement) is { } answered
                && (response.IsSuccessStatusCode || answered.Error is not null)) return answered;
        }
        catch (JsonException e)
        {
            if (response.IsSuccessStatusCode) return Bad($"The answer is no JSON: {Excerpt.Of(e.Message, 200)}");
        }
        return response.StatusCode == HttpStatusCode.OK
            ? Bad("The answer has neither `output` nor `error`.")
            : Bad($"The agent answered with status {(int)response.StatusCode}: {Excerpt.Of(Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 400))), 400)}");
    }

    private static Said.Answered Bad(string message) => new(null, new AgentError("bad_answer", message));
}
