using System.Net.Http.Headers;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Routing;
using Kintsugi.Models.Translation;
using Kintsugi.Models.Wire;
using Polly;
using Polly.Retry;

namespace Kintsugi.Models.Gateway;

/// <summary>The way to one provider: its dialect, its rest, its limits, its bill, its timeouts, its retries. Every failure of the provider comes out as an attempt with a fault.</summary>
internal sealed class ProviderLane : IDisposable
{
    /// <summary>What an answer may take where the provider wants a bound and the request has none.</summary>
    private const int MostTokensOfAnswer = 4096;

    /// <summary>How long a provider may ask to be waited for while another could answer.</summary>
    private static readonly TimeSpan ShortPause = TimeSpan.FromSeconds(1);

    private readonly IModelProvider _provider;
    private readonly ProviderConfig _config;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _clock;
    private readonly Cooldown _cooldown;
    private readonly ProviderTurns _turns;
    private readonly Till _till;
    private readonly ResiliencePipeline<Attempt> _patient;
    private readonly ResiliencePipeline<Attempt> _brisk;

    /// <param name="till">Where calls to this provider are paid.</param>
    public ProviderLane(IModelProvider provider, ProviderConfig config, Till till, GatewayLimits limits, TimeProvider clock)
    {
        _provider = provider;
        _config = config;
        _limits = limits;
        _clock = clock;
        _cooldown = new Cooldown(limits.DownAfter, clock);
        _turns = new ProviderTurns(config.Limits, limits.LongestWait, clock);
        _till = till;
        _patient = Retries(limits.MaxAttempts, attempt => attempt.SinceFirst + (attempt.Answer.RetryAfter ?? TimeSpan.Zero) < limits.TotalRetryTime);
        _brisk = Retries(Math.Min(limits.MaxAttempts, 2), attempt => attempt.Judgement.Fault != Faults.Timeout && !(attempt.Answer.RetryAfter > ShortPause));
    }

    /// <param name="model">The provider's own name of the model.</param>
    /// <param name="isLast">Nobody else can answer: the provider is given time.</param>
    public async Task<Attempt> AskAsync(PendingCall call, string model, bool isLast, CancellationToken cancellationToken)
    {
        var turn = new Turn(this, call, model, isLast, _clock.GetTimestamp());
        try
        {
            Prepare(turn);
        }
        catch (UntranslatableException e)
        {
            return Failed(turn, 400, new Judgement(Faults.NotSpoken, Retry: false, Failover: true), $"cannot be asked this: {e.Message}");
        }
        return await (isLast ? _patient : _brisk).ExecuteAsync(static (turn, token) => turn.Lane.TryAsync(turn, token), turn, cancellationToken);
    }

    public void Dispose()
    {
        _turns.Dispose();
        (_provider as IDisposable)?.Dispose();
    }

    private ResiliencePipeline<Attempt> Retries(int attempts, Func<Attempt, bool> mayBeRepeated) => attempts <= 1
        ? ResiliencePipeline<Attempt>.Empty
        : new ResiliencePipelineBuilder<Attempt> { TimeProvider = _clock }
            .AddRetry(new RetryStrategyOptions<Attempt>
            {
                MaxRetryAttempts = attempts - 1,
                Delay = _limits.FirstPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                MaxDelay = _limits.TotalRetryTime,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Result is { Judgement.Retry: true } attempt && mayBeRepeated(attempt)),
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result!.Answer.RetryAfter),
            })
            .Build();

    /// <summary>Puts the question in words that the provider understands.</summary>
    /// <exception cref="UntranslatableException">There are none.</exception>
    private void Prepare(Turn turn)
    {
        var request = turn.Call.Request;
        if (turn.Model != turn.Call.Question.Model) request = request with { Body = ModelName.Replace(request.Body, turn.Model) };
        if (!_provider.Serves(request.Path))
        {
            if (WirePaths.DialectOf(request.Path) is not { } asked || Spoken() is not { } spoken)
                throw new UntranslatableException($"it does not serve {request.Path}.");
            if (request.Headers.FirstOrDefault(h => h.Key.EndsWith("-beta", StringComparison.Ordinal)) is { Key: { } beta, Value: var features })
                throw new UntranslatableException($"the header {beta} asks for {features}, which its own vendor alone serves.");
            turn.Translation = Translation.Translation.Of(request, asked, spoken, MostTokensOfAnswer);
            request = turn.Translation.Request;
        }
        turn.Request = request;
    }

    private Dialect? Spoken() =>
        _provider.Serves(WirePaths.Chat) ? Dialect.Chat : _provider.Serves(WirePaths.Messages) ? Dialect.Messages : null;

    private async ValueTask<Attempt> TryAsync(Turn turn, CancellationToken cancellationToken)
    {
        var leave = await _cooldown.EnterAsync(turn.Model, TimeSpan.Zero, cancellationToken);
        if (leave.Fault is { } resting && turn.IsLast)
        {
            (turn.Call.LastProvider, turn.Call.LastFault) = (_provider.Name, resting); // whoever does not wait for it was let down by it
            leave = await _cooldown.EnterAsync(turn.Model, _limits.TotalRetryTime - Since(turn), cancellationToken);
        }
        if (leave.Fault is { } fault)
            return Failed(turn, 503, Judgement.Lasting(fault), "has just failed and is left alone for a while") with { IsSkipped = true };
        var isAsked = false;
        try
        {
            (var attempt, isAsked) = await AskInTurnAsync(turn, cancellationToken);
            if (isAsked) _cooldown.Report(turn.Model, leave, attempt.Judgement, attempt.Answer.RetryAfter);
            return attempt;
        }
        finally
        {
            if (!isAsked) _cooldown.Abandon(turn.Model, leave);
        }
    }

    /// <returns>And whether the provider was asked at all.</returns>
    private async Task<(Attempt Attempt, bool IsAsked)> AskInTurnAsync(Turn turn, CancellationToken cancellationToken)
    {
        var call = turn.Call;
        var lastFault = call.LastFault;
        call.LastFault = Faults.RateLimit; // until its turn comes it is we who let the agent wait
        using var bill = _till.Open(turn.Request);
        using var place = await _turns.WaitAsync(bill.Tokens, cancellationToken);
        if (place is null) return (NotItsTurn(turn), false);
        if (await bill.ReserveAsync(cancellationToken) is { } refusal) return (OverBudget(turn, refusal), false);
        place.Begin();
        (call.LastProvider, call.LastFault) = (_provider.Name, lastFault);
        try
        {
            var attempt = await AskOnceAsync(turn, cancellationToken);
            Settle(bill, attempt, turn.Model);
            place.Correct(bill.Tokens);
            call.LastFault = attempt.Judgement.Fault;
            return (attempt, true);
        }
        finally
        {
            call.Pay(bill.CostUsd);
        }
    }

    private static void Settle(Bill bill, Attempt attempt, string model)
    {
        if (attempt.IsLost) return; // held at its most
        if (attempt.Answer.Status >= 400) bill.SettleRefused();
        else bill.Settle(attempt.Facts, model, attempt.Answer.Body.Length);
    }

    private Attempt NotItsTurn(Turn turn)
    {
        var words = $"The call waited {_limits.LongestWait.TotalSeconds:0.#} s for its turn under our limit of the provider '{_provider.Name}'. Raise models.providers.{_provider.Name}.limits in kintsugi.yaml if the provider allows more.";
        return new Attempt(_provider.Name, WireErrors.In(turn.Call.Request.Path, 429, Faults.RateLimit, words), Judgement.Lasting(Faults.RateLimit), AnswerFacts.None, Since(turn));
    }

    /// <summary>No other provider is asked: the route names them for when one fails, not for when the money does.</summary>
    private Attempt OverBudget(Turn turn, string refusal)
    {
        var judgement = new Judgement(Faults.Budget, Retry: false, Failover: false);
        return new Attempt(_provider.Name, WireErrors.In(turn.Call.Request.Path, 402, Faults.Budget, refusal), judgement, AnswerFacts.None, Since(turn));
    }

    private async Task<Attempt> AskOnceAsync(Turn turn, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(_config.Limits.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            var answer = await AskProviderAsync(turn, late, either.Token);
            return answer is null ? Streamed(turn, null) : Judged(turn, answer);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && late.IsCancellationRequested && turn.Call.Relay is not { IsHeldUp: true })
        {
            return Failed(turn, 504, Judgement.Passing(Faults.Timeout), $"did not answer within {_config.Limits.Timeout.TotalSeconds:0.#} s");
        }
        catch (TimeoutException)
        {
            return Failed(turn, 504, Judgement.Passing(Faults.Timeout), "did not answer in time");
        }
        catch (FormatException)
        {
            return Garbage(turn); // a stream that cannot be translated
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
        var translated = turn.Translation?.OpenStream();
        var whole = await streaming.RelayAsync(turn.Request, draw, PassOnAsync, cancellationToken);
        if (whole is null && translated is not null) await relay.PassOnAsync(Translation.Translation.EventStream, translated.End(), cancellationToken);
        return whole;

        async ValueTask PassOnAsync(string contentType, ReadOnlyMemory<byte> chunk, CancellationToken token)
        {
            late.CancelAfter(_config.Limits.Timeout); // for the caller now: who takes nothing for so long has hung up, and the provider has not stalled
            if (translated is null) await relay.PassOnAsync(contentType, chunk, token);
            else await relay.PassOnAsync(Translation.Translation.EventStream, translated.Next(relay.Keep(chunk).Span), token);
            late.CancelAfter(_config.Limits.Timeout);
        }
    }

    private Attempt Judged(Turn turn, ModelAnswer answer)
    {
        var type = MediaType(answer);
        if (answer.Status is < 200 or >= 300) return Refused(turn, answer, IsJson(type));
        if (turn.Call.Question.IsStreamed && !IsStream(type)) return Garbage(turn); // a library that waits for events finds none in it
        try
        {
            if (turn.Translation is { } translation) answer = translation.Back(answer);
        }
        catch (FormatException)
        {
            return Garbage(turn);
        }
        var facts = IsJson(type) ? AnswerFacts.OfJson(answer.Body.Span) : IsStream(type) ? AnswerFacts.OfStream(answer.Body.Span) : null;
        return facts switch
        {
            null => Garbage(turn),
            { IsError: true } => Failed(turn, 502, Judgement.Passing(Faults.ProviderError), "reported an error of its own within a successful answer"),
            { IsComplete: false } => Failed(turn, 502, Judgement.Passing(Faults.Cut), "broke off within its answer"),
            _ => new Attempt(_provider.Name, answer, Judgement.Answered, facts, Since(turn)),
        };
    }

    /// <summary>A refusal in JSON goes to the agent as it is; a page, a redirect and a refused key, which is none of the agent's, are put in the caller's dialect.</summary>
    private Attempt Refused(Turn turn, ModelAnswer answer, bool isJson)
    {
        var judgement = Judgement.Of(answer);
        if (judgement.Fault == Faults.RefusedKey)
            return Failed(turn, answer.Status, judgement, $"refused its key with status {answer.Status}. {WhereTheKeyIs()}") with { IsLost = false };
        if (isJson && answer.Status >= 400)
            return new Attempt(_provider.Name, turn.Translation?.Back(answer) ?? answer, judgement, AnswerFacts.None, Since(turn));
        if (judgement.Fault is null) judgement = Judgement.Lasting(Faults.NotTheProvider);
        var status = answer.Status >= 400 ? answer.Status : 502;
        return Failed(turn, status, judgement, $"answered with status {answer.Status} and no JSON. Is models.providers.{_provider.Name}.url right?", answer.RetryAfter) with { IsLost = false };
    }

    private string WhereTheKeyIs() => _config switch
    {
        { Key: null } => $"It has none: add `key: ${{VARIABLE}}` to models.providers.{_provider.Name} of kintsugi.yaml",
        { KeyVariable: { } variable } => $"Set {variable} to a valid one",
        _ => $"Correct models.providers.{_provider.Name}.key of kintsugi.yaml",
    };

    private Attempt Garbage(Turn turn) => Failed(turn, 502, Judgement.Passing(Faults.Garbage), "answered with something that is not in its format");

    private Attempt Failed(Turn turn, int status, Judgement judgement, string words, TimeSpan? retryAfter = null)
    {
        if (turn.Call.Relay is { IsStarted: true }) return Streamed(turn, judgement.Fault);
        var message = $"The model provider '{_provider.Name}' {words}{(words.EndsWith('.') || words.EndsWith('?') ? "" : ".")}";
        var answer = WireErrors.In(turn.Call.Request.Path, status, judgement.Fault!, message, retryAfter);
        return new Attempt(_provider.Name, answer, judgement, AnswerFacts.None, Since(turn)) { IsLost = judgement.Fault != Faults.Unreachable };
    }

    /// <summary>The agent has the first bytes, so whatever happened, nobody is asked again.</summary>
    private Attempt Streamed(Turn turn, string? fault)
    {
        var relay = turn.Call.Relay!;
        var facts = AnswerFacts.OfStream(relay.Bytes);
        if (turn.Translation is not null) facts = facts.WithUsageOf(AnswerFacts.OfStream(relay.OriginalBytes)); // the caller's dialect may not tell it unless asked
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

    private static string? MediaType(ModelAnswer answer) => MediaTypeHeaderValue.TryParse(answer.ContentType, out var parsed) ? parsed.MediaType : null;

    private static bool IsJson(string? type) => string.Equals(type, "application/json", StringComparison.OrdinalIgnoreCase);

    private static bool IsStream(string? type) => string.Equals(type, "text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>One question at this provider, with all its attempts.</summary>
    private sealed record Turn(ProviderLane Lane, PendingCall Call, string Model, bool IsLast, long Started)
    {
        /// <summary>In the provider's own words.</summary>
        public ModelRequest Request { get; set; } = Call.Request;

        /// <summary>Null when the provider speaks the dialect that was asked in.</summary>
        public Translation.Translation? Translation { get; set; }
    }
}
