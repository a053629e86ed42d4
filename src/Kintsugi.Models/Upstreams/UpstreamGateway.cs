using System.Buffers;
using System.Security.Cryptography;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Routing;
using Kintsugi.Models.Wire;
using Microsoft.AspNetCore.Http;
using Polly;
using Polly.Retry;

namespace Kintsugi.Models.Upstreams;

/// <summary>The one way from an agent to what else it may reach: answers from a recording where that is allowed, else from the upstream itself.</summary>
/// <remarks>
/// As with models, it never throws for the world: an upstream that fails is an answer that the agent sees, and a
/// <see cref="RecordedUpstreamCall.Fault"/> among the sample's calls. What it does not stop: an agent that may GET and changes something by it, because
/// the upstream lets a GET do that.
/// </remarks>
public sealed class UpstreamGateway : IAsyncDisposable
{
    /// <summary>Status of a call that the agent did not wait for; no agent sees it.</summary>
    private const int HungUp = 499;

    private const int LongestAddressShown = 200;

    private readonly Dictionary<string, UpstreamService> _services;
    private readonly Cassette? _cassette;
    private readonly TimeProvider _clock;
    private readonly UpstreamLimits _limits;
    private readonly ResiliencePipeline<HttpResponseMessage> _retries;

    /// <param name="cassette">Null records nothing. It stays the caller's.</param>
    public UpstreamGateway(IEnumerable<UpstreamConfig> upstreams, Cassette? cassette, TimeProvider clock, UpstreamLimits? limits = null)
    {
        _services = upstreams.ToDictionary(u => u.Name, u => new UpstreamService(u), StringComparer.Ordinal);
        _cassette = cassette;
        _clock = clock;
        _limits = limits ?? new UpstreamLimits();
        _retries = _limits.MaxAttempts > 1 ? Retries() : ResiliencePipeline<HttpResponseMessage>.Empty;
    }

    /// <summary>The headers that the named upstream gets in place of the agent's own.</summary>
    internal IReadOnlyDictionary<string, string> AddedTo(string upstream) =>
        _services.TryGetValue(upstream, out var service) ? service.Config.Headers : new Dictionary<string, string>();

    /// <summary>Answers one request. The call is among <paramref name="calls"/> afterwards, whatever happened.</summary>
    /// <exception cref="OperationCanceledException">The agent hung up.</exception>
    internal async Task RelayAsync(UpstreamRequest request, SampleCalls calls, HttpResponse response, CancellationToken cancellationToken)
    {
        using var underWay = calls.Begin();
        var call = new PendingUpstreamCall(request, _services.GetValueOrDefault(request.Upstream), calls, _clock);
        if (!_services.TryGetValue(request.Upstream, out var service))
        {
            const string words = "There is no upstream of this name. Use the address that the agent's variables hold, or add it to 'upstreams' of kintsugi.yaml.";
            await RefuseAsync(call, response, 404, "no_upstream", null, words, cancellationToken);
        }
        else if (!service.Config.Methods.Contains(request.Method))
        {
            response.Headers.Allow = string.Join(", ", service.Config.Methods);
            var fault = UpstreamFaults.NotLetThrough(request.Method, service.Config);
            await RefuseAsync(call, response, 405, Faults.NotLetThrough, fault, fault ?? "This method is never let through.", cancellationToken);
        }
        else if (UpstreamAddress.Join(service.Config.Url, request.Rest) is not { } url)
            await RefuseAsync(call, response, 400, "bad_path", null, "The path could lead out of the upstream's address, or holds characters that no path has.", cancellationToken);
        else
            await AnswerAsync(call, url, response, cancellationToken);
    }

    /// <summary>Answers for a request that was larger than is read.</summary>
    internal Task RefuseLargeAsync(UpstreamRequest request, SampleCalls calls, HttpResponse response, CancellationToken cancellationToken)
    {
        var call = new PendingUpstreamCall(request, _services.GetValueOrDefault(request.Upstream), calls, _clock);
        return RefuseAsync(call, response, 413, Faults.TooLarge, null, $"The request is larger than {RequestBody.MaxBytes / 1024 / 1024} MiB.", cancellationToken);
    }

    /// <summary>Stores what was recorded. Waits for no call in flight: end those first.</summary>
    /// <exception cref="Storage.StorageException">Recordings could not be stored.</exception>
    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.Values) service.Dispose();
        if (_cassette is not null) await _cassette.FlushAsync(CancellationToken.None);
    }

    private ResiliencePipeline<HttpResponseMessage> Retries() =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = _clock }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = _limits.MaxAttempts - 1,
                Delay = _limits.FirstPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is HttpRequestException
                    || (arguments.Outcome.Result is { } answer && UpstreamFaults.MayPass((int)answer.StatusCode) && !(PauseAskedBy(answer) > _limits.LongestPause))),
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result is { } answer ? PauseAskedBy(answer) : null),
                OnRetry = arguments =>
                {
                    arguments.Outcome.Result?.Dispose();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    private TimeSpan? PauseAskedBy(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _clock.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    private async Task AnswerAsync(PendingUpstreamCall call, Uri url, HttpResponse response, CancellationToken cancellationToken)
    {
        var canonical = call.Request.CanonicalAt(url);
        var hash = Convert.ToHexStringLower(SHA256.HashData(canonical));
        var key = new RecordingKey(hash, call.Calls.SampleId, call.Calls.Epoch, call.Calls.NextOrdinal(hash));
        if (_cassette?.Recalled(key, call.Calls.Recall) is { } recording && UpstreamHead.TryRead(recording.Answer, call.Request.Method) is var (head, body))
        {
            call.KeepReplayed(recording);
            head.WriteTo(response);
            await response.BodyWriter.WriteAsync(body, cancellationToken);
            return;
        }
        if (_cassette is { Mode: CassetteMode.Replay })
        {
            var why = _cassette.ExplainMiss(key, "", canonical, []);
            var words = $"No recording answers this request, and by --cassette replay nobody is asked: {why}.";
            await RefuseAsync(call, response, 404, Faults.NoRecording, $"{Faults.NoRecording}: {why}", words, cancellationToken);
            return;
        }
        try
        {
            await AskAsync(call, url, response, RecordAsync, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            var age = call.Age; // whether for want of patience or of an upstream, the age of the call decides
            call.Keep(HungUp, age >= _limits.SlowAfter ? UpstreamFaults.Late(age) : null);
            throw;
        }

        async ValueTask RecordAsync(ModelAnswer answer)
        {
            if (_cassette is null) return;
            await _cassette.RecordAsync(new Recording(key, $"upstream:{call.Request.Upstream}", "", canonical, answer, _clock.GetUtcNow(), call.Age), cancellationToken);
        }
    }

    /// <summary>Asks the upstream and passes its answer on as it arrives.</summary>
    private async Task AskAsync(
        PendingUpstreamCall call, Uri url, HttpResponse response, Func<ModelAnswer, ValueTask> record, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        var retries = call.Request.Method is "GET" or "HEAD" ? _retries : ResiliencePipeline<HttpResponseMessage>.Empty;
        try
        {
            using var answer = await retries.ExecuteAsync(
                async token =>
                {
                    late.CancelAfter(_limits.CallTimeout);
                    return await call.Service.SendAsync(call.Request, url, token);
                },
                either.Token);
            if (FaultOf(call, url, answer) is { } fault) await FailAsync(call, response, 502, fault, cancellationToken);
            else await PassOnAsync(call, url, answer, response, record, late, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && late.IsCancellationRequested)
        {
            await FailAsync(call, response, 504, UpstreamFaults.Late(_limits.CallTimeout), cancellationToken);
        }
        catch (HttpRequestException e)
        {
            await FailAsync(call, response, 502, UpstreamFaults.Of(e), cancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidDataException) // the latter for what does not decompress
        {
            await FailAsync(call, response, 502, UpstreamFaults.Cut, cancellationToken);
        }
    }

    private async Task PassOnAsync(
        PendingUpstreamCall call, Uri url, HttpResponseMessage answer, HttpResponse response, Func<ModelAnswer, ValueTask> record,
        CancellationTokenSource late, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        if (UpstreamFaults.Of(status, call.Service.Config.Secrets.Count > 0) is { } fault) call.Keep(status, fault);
        var head = new UpstreamHead(status, HeadersBack(call.Service, url, answer), answer.Content.Headers.ContentLength);
        head.WriteTo(response);
        var body = new ArrayBufferWriter<byte>(4096);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var chunk in call.Service.Mask.ReadAsync(stream, cancellationToken))
        {
            late.CancelAfter(_limits.CallTimeout);
            if (body.WrittenCount + chunk.Length > _limits.MaxAnswerBytes)
            {
                await FailAsync(call, response, 502, UpstreamFaults.TooLarge(_limits.MaxAnswerBytes), cancellationToken);
                return;
            }
            body.Write(chunk.Span);
            if (body.WrittenCount == head.LengthBytes) await CompleteAsync(); // with the last byte the agent goes on
            await WriteAsync(response, chunk, cancellationToken);
        }
        await CompleteAsync();

        async ValueTask CompleteAsync()
        {
            if (call.IsKept) return;
            call.Keep(status, fault: null);
            await record(head.Record(body.WrittenSpan));
        }
    }

    private static async Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        try
        {
            await response.BodyWriter.WriteAsync(chunk, cancellationToken);
        }
        catch (IOException e)
        {
            throw new OperationCanceledException("The agent hung up within an answer.", e);
        }
    }

    private static List<KeyValuePair<string, string>> HeadersBack(UpstreamService service, Uri url, HttpResponseMessage answer) =>
    [
        .. from header in UpstreamHeaders.Answered(answer)
           let value = header.Key.Equals("Location", StringComparison.OrdinalIgnoreCase) ? UpstreamAddress.Back(service.Config, url, header.Value) ?? header.Value : header.Value
           select KeyValuePair.Create(header.Key, service.Mask.Blot(value)),
    ];

    /// <summary>Why an answer is not passed on at all.</summary>
    private string? FaultOf(PendingUpstreamCall call, Uri url, HttpResponseMessage answer) =>
        call.Request.Method != "HEAD" && answer.Content.Headers.ContentLength > _limits.MaxAnswerBytes
            ? UpstreamFaults.TooLarge(_limits.MaxAnswerBytes)
            : Elsewhere(call.Service, url, answer);

    /// <summary>A redirect out of the upstream's own address: followed by nobody, because the secret was given for that address alone.</summary>
    private static string? Elsewhere(UpstreamService service, Uri url, HttpResponseMessage answer)
    {
        if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308) || !answer.Headers.TryGetValues("Location", out var locations)) return null;
        var location = locations.First();
        if (UpstreamAddress.Back(service.Config, url, location) is not null) return null;
        var where = Uri.TryCreate(new Uri(url.AbsoluteUri), location, out var to)
            ? service.Mask.Blot(to.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped))
            : "no address";
        if (where.Length > LongestAddressShown) where = where[..LongestAddressShown] + "…";
        return $"{Faults.Elsewhere}: it redirects to {where}; if that is right, make it upstreams.{service.Config.Name}.url in kintsugi.yaml";
    }

    private static async Task FailAsync(PendingUpstreamCall call, HttpResponse response, int status, string fault, CancellationToken cancellationToken)
    {
        call.Keep(status, fault);
        if (response.HasStarted)
        {
            response.HttpContext.Abort(); // an ordinary end would pass half an answer off as a whole one
            return;
        }
        response.Clear();
        await SendAsync(response, status, fault.Split(':')[0], $"The upstream {call.Service.Config} failed: {fault}.", cancellationToken);
    }

    private static async Task RefuseAsync(
        PendingUpstreamCall call, HttpResponse response, int status, string code, string? fault, string words, CancellationToken cancellationToken)
    {
        call.Keep(status, fault);
        await SendAsync(response, status, code, words, cancellationToken);
    }

    private static async Task SendAsync(HttpResponse response, int status, string code, string words, CancellationToken cancellationToken)
    {
        var answer = WireErrors.OpenAi(status, code, words);
        response.StatusCode = status;
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        await response.BodyWriter.WriteAsync(answer.Body, cancellationToken);
    }
}
