using System.Net.Http.Headers;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Routing;
using Kintsugi.Models.Wire;
using Polly;
using Polly.Retry;

namespace Kintsugi.Models.Gateway;

/// <summary>The way to one provider: its places, its timeouts, its retries. Every failure of the provider comes out as an attempt with a fault.</summary>
internal sealed class ProviderLane : IDisposable
{
    private readonly IModelProvider _provider;
    private readonly IReadOnlyDictionary<string, string> _names;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _clock;
    private readonly ProviderLimits _provided;
    private readonly ProviderTurns _turns;
    private readonly Till _till;
    private readonly ResiliencePipeline<Attempt> _retries;
    private int _failedInARow;

    /// <param name="names">The agent's names of models to this provider's own, where they differ.</param>
    /// <param name="till">Where calls to this provider are paid.</param>
    public ProviderLane(
        IModelProvider provider, IReadOnlyDictionary<string, string> names, ProviderLimits provided, Till till, GatewayLimits limits, TimeProvider clock)
    {
        _provider = provider;
        _names = names;
        _limits = limits;
        _clock = clock;
        _provided = provided;
        _turns = new ProviderTurns(provided, limits.LongestWait, clock);
        _till = till;
        _retries = limits.MaxAttempts > 1 ? Retries() : ResiliencePipeline<Attempt>.Empty;
    }

    /// <summary>So many attempts in a row have failed that the provider is taken for down: each call is then a probe by itself, and none waits to try again.</summary>
    private bool IsDown => Volatile.Read(ref _failedInARow) >= _limits.DownAfter;

    public async Task<Attempt> AskAsync(PendingCall call, CancellationToken cancellationToken)
    {
        var asked = _names.TryGetValue(call.Question.Model, out var name)
            ? call.Request with { Body = ModelName.Replace(call.Request.Body, name) }
            : call.Request;
        var turn = new Turn(this, call, asked, _clock.GetTimestamp());
        return await _retries.ExecuteAsync(static (turn, token) => turn.Lane.TryAsync(turn, token), turn, cancellationToken);
    }

    public void Dispose()
    {
        _turns.Dispose();
        (_provider as IDisposable)?.Dispose();
    }

    private ResiliencePipeline<Attempt> Retries() =>
        new ResiliencePipelineBuilder<Attempt> { TimeProvider = _clock }
            .AddRetry(new RetryStrategyOptions<Attempt>
            {
                MaxRetryAttempts = _limits.MaxAttempts - 1,
                Delay = _limits.FirstPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                MaxDelay = _limits.TotalRetryTime,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Result is { Judgement.Retry: true } attempt
                    && (attempt.Judgement.Fault == Faults.RateLimit || !IsDown) // who says "slower" is there, and is not to be asked faster
                    && attempt.SinceFirst + (attempt.Answer.RetryAfter ?? TimeSpan.Zero) < _limits.TotalRetryTime),
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result!.Answer.RetryAfter),
            })
            .Build();

    private async ValueTask<Attempt> TryAsync(Turn turn, CancellationToken cancellationToken)
    {
        var call = turn.Call;
        var lastFault = call.LastFault;
        call.LastFault = Faults.RateLimit; // until its turn comes it is we who let the agent wait
        using var bill = _till.Open(turn.Request);
        using var place = await _turns.WaitAsync(bill.Tokens, cancellationToken);
        if (place is null) return NotItsTurn(turn);
        if (await bill.ReserveAsync(cancellationToken) is { } refusal) return OverBudget(turn, refusal);
        place.Begin();
        (call.LastProvider, call.LastFault) = (_provider.Name, lastFault);
        try
        {
            var attempt = await AskOnceAsync(turn, cancellationToken);
            Settle(bill, attempt, call);
            place.Correct(bill.Tokens);
            call.LastFault = attempt.Judgement.Fault;
            if (attempt.Judgement.Fault is null) Volatile.Write(ref _failedInARow, 0);
            else Interlocked.Increment(ref _failedInARow);
            return attempt;
        }
        finally
        {
            call.Pay(bill.CostUsd);
        }
    }

    private static void Settle(Bill bill, Attempt attempt, PendingCall call)
    {
        if (attempt.IsLost) return; // held at its most
        if (attempt.Answer.Status >= 400) bill.SettleRefused();
        else bill.Settle(attempt.Facts, call.Question.Model, attempt.Answer.Body.Length);
    }

    private Attempt NotItsTurn(Turn turn)
    {
        var words = $"The call waited {_limits.LongestWait.TotalSeconds:0.#} s for its turn under our limit of the provider '{_provider.Name}'. Raise models.providers.{_provider.Name}.limits in kintsugi.yaml if the provider allows more.";
        var judgement = new Judgement(Faults.RateLimit, Retry: false, Failover: true);
        return new Attempt(_provider.Name, WireErrors.OpenAi(429, Faults.RateLimit, words), judgement, AnswerFacts.None, Since(turn));
    }

    /// <summary>No other provider is asked: the route names them for when one fails, not for when the money does.</summary>
    private Attempt OverBudget(Turn turn, string refusal)
    {
        var judgement = new Judgement(Faults.Budget, Retry: false, Failover: false);
        return new Attempt(_provider.Name, WireErrors.OpenAi(402, Faults.Budget, refusal), judgement, AnswerFacts.None, Since(turn));
    }

    private async Task<Attempt> AskOnceAsync(Turn turn, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(_provided.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            var answer = await AskProviderAsync(turn, late, either.Token);
            return answer is null ? Streamed(turn, null) : Judged(turn, answer);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && late.IsCancellationRequested)
        {
            return Failed(turn, 504, Judgement.Passing(Faults.Timeout), $"did not answer within {_provided.Timeout.TotalSeconds:0.#} s");
        }
        catch (TimeoutException)
        {
            return Failed(turn, 504, Judgement.Passing(Faults.Timeout), "did not answer in time");
        }
        catch (HttpRequestException e)
        {
            var (fault, words) = Explain(e);
            return Failed(turn, 502, fault, words);
        }
        catch (Exception e) when (e is not OperationCanceledException) // the edge of one call: a provider's own failure must not become the agent's
        {
            return Failed(turn, 502, Judgement.Lasting(Faults.ProviderError), $"failed with {e.GetType().Name}");
        }
    }

    private async Task<ModelAnswer?> AskProviderAsync(Turn turn, CancellationTokenSource late, CancellationToken cancellationToken)
    {
        var (sample, call) = (turn.Call.Key, turn.Call);
        var draw = new Draw(sample.SampleId, sample.Epoch, sample.Ordinal, call.Attempts++);
        if (call.Relay is not { } relay || _provider is not IStreamingProvider streaming)
            return await _provider.AskAsync(turn.Request, draw, cancellationToken);
        return await streaming.RelayAsync(turn.Request, draw, (contentType, chunk, token) =>
        {
            late.CancelAfter(_provided.Timeout);
            return relay.PassOnAsync(contentType, chunk, token);
        }, cancellationToken);
    }

    private Attempt Judged(Turn turn, ModelAnswer answer)
    {
        var type = MediaTypeHeaderValue.TryParse(answer.ContentType, out var parsed) ? parsed.MediaType : null;
        var isJson = string.Equals(type, "application/json", StringComparison.OrdinalIgnoreCase);
        if (answer.Status is < 200 or >= 300) return Refused(turn, answer, isJson);

        var isStream = string.Equals(type, "text/event-stream", StringComparison.OrdinalIgnoreCase);
        var facts = isJson ? AnswerFacts.OfJson(answer.Body.Span) : isStream ? AnswerFacts.OfStream(answer.Body.Span) : null;
        return facts switch
        {
            null => Failed(turn, 502, Judgement.Passing(Faults.Garbage), "answered with something that is not in the OpenAI format"),
            { IsError: true } => Failed(turn, 502, Judgement.Passing(Faults.ProviderError), "reported an error of its own within a successful answer"),
            { IsComplete: false } => Failed(turn, 502, Judgement.Passing(Faults.Cut), "broke off within its answer"),
            _ => new Attempt(_provider.Name, answer, Judgement.Answered, facts, Since(turn)),
        };
    }

    /// <summary>A refusal in JSON goes to the agent as it is; a page or a redirect is put in the caller's dialect.</summary>
    private Attempt Refused(Turn turn, ModelAnswer answer, bool isJson)
    {
        var judgement = Judgement.Of(answer);
        if (isJson && answer.Status >= 400) return new Attempt(_provider.Name, answer, judgement, AnswerFacts.None, Since(turn));
        if (judgement.Fault is null) judgement = Judgement.Lasting(Faults.NotTheProvider);
        var status = answer.Status >= 400 ? answer.Status : 502;
        return Failed(turn, status, judgement, $"answered with status {answer.Status} and no JSON", answer.RetryAfter) with { IsLost = false };
    }

    private Attempt Failed(Turn turn, int status, Judgement judgement, string words, TimeSpan? retryAfter = null)
    {
        if (turn.Call.Relay is { IsStarted: true }) return Streamed(turn, judgement.Fault);
        var answer = WireErrors.OpenAi(status, judgement.Fault!, $"The model provider '{_provider.Name}' {words}.", retryAfter);
        return new Attempt(_provider.Name, answer, judgement, AnswerFacts.None, Since(turn)) { IsLost = judgement.Fault != Faults.Unreachable };
    }

    /// <summary>The agent has the first bytes, so whatever happened, nobody is asked again.</summary>
    private Attempt Streamed(Turn turn, string? fault)
    {
        var relay = turn.Call.Relay!;
        var facts = AnswerFacts.OfStream(relay.Bytes);
        fault ??= facts.IsError ? Faults.ProviderError : facts.IsComplete ? null : Faults.Cut;
        var judgement = new Judgement(fault, Retry: false, Failover: false);
        return new Attempt(_provider.Name, relay.Answer, judgement, facts, Since(turn)) { IsLost = fault is not null };
    }

    private TimeSpan Since(Turn turn) => _clock.GetElapsedTime(turn.Started);

    private static (Judgement Fault, string Words) Explain(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.ResponseEnded => (Judgement.Passing(Faults.Cut), "broke off within its answer"),
        HttpRequestError.ConfigurationLimitExceeded => (Judgement.Lasting(Faults.TooLarge), "gave an answer that is too large"),
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => (Judgement.Passing(Faults.Garbage), "did not answer in HTTP"),
        HttpRequestError.SecureConnectionError => (Judgement.Lasting(Faults.Unreachable), "could not be reached: TLS failed"),
        HttpRequestError.NameResolutionError => (Judgement.Passing(Faults.Unreachable), "could not be reached: its name does not resolve"),
        HttpRequestError.Unknown when e.InnerException is IOException => (Judgement.Passing(Faults.Cut), "reset the connection"), // it had been reached
        _ => (Judgement.Passing(Faults.Unreachable), "could not be reached"),
    };

    /// <summary>One question at this provider, with all its attempts.</summary>
    private sealed record Turn(ProviderLane Lane, PendingCall Call, ModelRequest Request, long Started);
}
