using System.Text.Json;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Routing;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Gateway;

/// <summary>The one way to ask a model: answers from a recording where that is allowed, else from the first provider of the route that can.</summary>
/// <remarks>
/// It never throws for the world. A provider that fails after all retries is an answer that the agent sees, and a
/// <see cref="RecordedCall.Fault"/> among the sample's calls, so that the sample is not held against the agent.
/// </remarks>
public sealed class ModelGateway : IAsyncDisposable
{
    /// <summary>Status of a call that the agent did not wait for; no agent sees it.</summary>
    private const int HungUp = 499;

    private readonly ModelsConfig _config;
    private readonly Cassette? _cassette;
    private readonly TimeProvider _clock;
    private readonly GatewayLimits _limits;
    private readonly SpendBook? _spent;
    private readonly Purse _purse;
    private readonly RouteTable _routes;
    private readonly KnownModels _known;
    private readonly Dictionary<string, ProviderLane> _lanes;
    private readonly SharedCalls? _shared;

    /// <param name="providers">By name. The gateway disposes them.</param>
    /// <param name="cassette">Null records nothing. It stays the caller's.</param>
    /// <param name="prices">Null for the list that comes with the product.</param>
    /// <param name="spent">What outlives the process of what is spent; null for nothing. It stays the caller's.</param>
    /// <exception cref="BadModelsConfigException">The agent's route cannot be used, or roles that are to stay apart share a vendor.</exception>
    public ModelGateway(
        ModelsConfig config, IReadOnlyDictionary<string, IModelProvider> providers, Cassette? cassette, TimeProvider clock,
        GatewayLimits? limits = null, PriceList? prices = null, SpendBook? spent = null)
    {
        _config = config;
        _cassette = cassette;
        _clock = clock;
        _limits = limits ?? new GatewayLimits();
        _spent = spent;
        _purse = new Purse(config.Budgets, spent, clock);
        _routes = new RouteTable(config, [.. providers.Keys]);
        _known = new KnownModels(providers, new ProviderLimits().Timeout, clock);
        _shared = config.ShareEqualCalls ? new SharedCalls() : null;
        var list = prices ?? PriceList.Embedded();
        _lanes = providers.ToDictionary(pair => pair.Key, pair => Lane(pair.Key, pair.Value, list));
    }

    /// <summary>Who answers a role, in order of preference.</summary>
    /// <exception cref="BadModelsConfigException">The role's route cannot be used.</exception>
    public IReadOnlyList<RouteStep> RouteOf(string role) => _routes.Of(role);

    /// <summary>US dollars that this process has spent, as far as the cost is known.</summary>
    public decimal SpentUsd => _purse.Spent.Usd;

    /// <summary>US dollars that its calls of unknown cost were at most.</summary>
    public decimal HeldUsd => _purse.Spent.HeldUsd;

    /// <summary>Which budget did not reach for a call, and what to do; null as long as all of them did.</summary>
    public string? BudgetRefusal => _purse.Refusal;

    /// <summary>What is spent from now on belongs to this incident, and counts with what was spent on it before.</summary>
    public void OpenIncident(string incident) => _purse.OpenIncident(incident);

    /// <summary>Asks and gives the answer whole.</summary>
    /// <exception cref="OperationCanceledException">The caller did not wait; the call is among <paramref name="calls"/> all the same.</exception>
    public async Task<ModelAnswer> AskAsync(ModelRequest request, SampleCalls calls, CancellationToken cancellationToken) =>
        (await RelayAsync(request, calls, null, cancellationToken)).Answer;

    /// <summary>Asks; if the request wants a stream and the answer is one, its bytes go to <paramref name="sink"/> as they arrive, or at once from a recording.</summary>
    /// <exception cref="OperationCanceledException">The caller did not wait; the call is among <paramref name="calls"/> all the same.</exception>
    public async Task<RelayedAnswer> RelayAsync(ModelRequest request, SampleCalls calls, StreamSink? sink, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        Question question;
        try
        {
            question = Question.Read(request);
        }
        catch (JsonException e)
        {
            return Refuse(request, calls, "", fault: null, WireErrors.In(request.Path, 400, "invalid_json", $"The request cannot be read: {e.Message}"));
        }
        using var underWay = calls.Begin();
        using var span = CallSpan.Start(request, question, calls);
        var key = new RecordingKey(question.Hash, calls.SampleId, calls.Epoch, calls.NextOrdinal(question.Hash));
        if (Recalled(key, calls) is { } recording) return await ReplayAsync(recording, request, question, calls, sink, cancellationToken);
        if (_cassette is { Mode: CassetteMode.Replay })
            return RefuseUnrecorded(_cassette.ExplainMiss(key, question.Model, question.Canonical, [.. _routes.Of(calls.Role).Select(step => step.Provider)]), request, question, calls);
        var relay = sink is not null && question.IsStreamed ? new StreamRelay(sink, _clock) : null;
        return await AskLiveAsync(new PendingCall(request, question, key, relay, started), calls, cancellationToken);
    }

    /// <summary>Answers for the world without asking anybody, and puts it among the sample's calls.</summary>
    internal static RelayedAnswer Refuse(ModelRequest request, SampleCalls calls, string model, string? fault, ModelAnswer answer)
    {
        calls.Add(new RecordedCall("", model, null, request, answer, Replayed: false, TimeSpan.Zero, 0, 0, 0m, null, fault));
        return new RelayedAnswer(answer, IsRelayed: false, IsBroken: false, fault);
    }

    private static RelayedAnswer RefuseUnrecorded(string why, ModelRequest request, Question question, SampleCalls calls)
    {
        var words = $"No recording answers this question, and by --cassette replay nobody is asked: {why}.";
        return Refuse(request, calls, question.Model, $"{Faults.NoRecording}: {why}", WireErrors.In(request.Path, 404, Faults.NoRecording, words));
    }

    /// <summary>Stores what was recorded and spent. Waits for no call in flight: end those first.</summary>
    /// <exception cref="Storage.StorageException">Some of it could not be stored.</exception>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes.Values) lane.Dispose();
        if (_spent is not null) await _spent.FlushAsync(CancellationToken.None);
        if (_cassette is not null) await _cassette.FlushAsync(CancellationToken.None);
    }

    /// <summary>A recording counts only if a provider of the present route gave it.</summary>
    private Recording? Recalled(RecordingKey key, SampleCalls calls) =>
        _cassette?.Recalled(key, calls.Recall) is { } recording && _routes.Of(calls.Role).Any(step => step.Provider == recording.Provider) ? recording : null;

    private static async Task<RelayedAnswer> ReplayAsync(
        Recording recording, ModelRequest request, Question question, SampleCalls calls, StreamSink? sink, CancellationToken cancellationToken)
    {
        var answer = recording.Answer;
        var isStream = answer.ContentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);
        var facts = AnswerFacts.Of(answer) ?? AnswerFacts.None;
        calls.Add(new RecordedCall(
            recording.Provider, question.Model, facts.ServedModel, request, answer, Replayed: true, recording.Latency,
            facts.InputTokens ?? 0, facts.OutputTokens ?? 0, CostUsd: 0m, facts.FinishReason, Fault: null, facts.Fingerprint, Judgement.Of(answer).Refusal));
        var isRelayed = isStream && sink is not null;
        if (isRelayed) await sink!(answer.ContentType, answer.Body, cancellationToken);
        return new RelayedAnswer(answer, isRelayed, IsBroken: false);
    }

    private async Task<RelayedAnswer> AskLiveAsync(PendingCall call, SampleCalls calls, CancellationToken cancellationToken)
    {
        try
        {
            var attempt = _shared is null
                ? await AskRouteAsync(call, calls.Role, cancellationToken)
                : await _shared.AskAsync(call, calls.Role, (shared, token) => AskRouteAsync(shared, calls.Role, token), cancellationToken);
            var latency = Keep(call, attempt, calls);
            if (attempt.Fault is null) await RecordAsync(call, attempt, latency, cancellationToken);
            if (call.Relay is not { IsStarted: true }) return new RelayedAnswer(attempt.Answer, IsRelayed: false, IsBroken: false, attempt.Fault);
            return new RelayedAnswer(attempt.Answer, IsRelayed: true, IsBroken: attempt.Judgement.Fault is not null, attempt.Fault) { LastWords = LastWords(call, attempt) };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || call.Relay is { IsHeldUp: true })
        {
            KeepAbandoned(call, calls);
            throw;
        }
    }

    private static byte[] LastWords(PendingCall call, Attempt attempt) => attempt is { Judgement.Fault: { } fault, Facts.IsError: false }
        ? WireErrors.AfterStream(call.Request.Path, attempt.Answer.Body.Span, fault, $"The model provider '{attempt.Provider}' broke off within its answer.")
        : [];

    /// <summary>The first good answer; where there is none, the first fault, because without it that provider would have answered.</summary>
    private async Task<Attempt> AskRouteAsync(PendingCall call, string role, CancellationToken cancellationToken)
    {
        var route = _routes.Of(role);
        Attempt? refusal = null;
        RouteStep? skipped = null;
        for (var i = 0; i < route.Length; i++)
        {
            var attempt = await AskAsync(call, route[i], isLast: i == route.Length - 1, cancellationToken);
            if (!MayDoBetter(attempt, route, i)) return _routes.Marked(attempt, refusal, call.Question.Model, role, i);
            if (refusal is null || (refusal.Judgement.Fault is null or Faults.NotSpoken && attempt.Judgement.Fault is not null)) refusal = attempt;
            if (attempt.IsSkipped) skipped ??= route[i];
        }
        if (skipped is not null && route.Length > 1)
        {
            var attempt = await AskAsync(call, skipped, isLast: true, cancellationToken); // the others could not: now it is worth waiting for
            if (!attempt.Judgement.Failover) return _routes.Marked(attempt, refusal, call.Question.Model, role, Array.IndexOf(route, skipped));
        }
        return refusal!.Judgement.Refusal == Refusals.UnknownModel ? await WithNearestAsync(refusal, call, cancellationToken) : refusal;
    }

    private Task<Attempt> AskAsync(PendingCall call, RouteStep step, bool isLast, CancellationToken cancellationToken) =>
        _lanes[step.Provider].AskAsync(call, _routes.NameAt(step, call.Question.Model), isLast, cancellationToken);

    /// <summary>Whether the next of the route may answer what this one did not: for a refused question, only another model.</summary>
    private static bool MayDoBetter(Attempt attempt, RouteStep[] route, int index) =>
        attempt.Judgement.Failover
        || (attempt.Judgement.Refusal is Refusals.ContextLength or Refusals.ContentPolicy && index + 1 < route.Length && route[index + 1].Model != route[index].Model);

    /// <summary>A misspelt model is told the name that was probably meant.</summary>
    private async Task<Attempt> WithNearestAsync(Attempt refusal, PendingCall call, CancellationToken cancellationToken)
    {
        var asked = call.Question.Model;
        var nearest = await _known.NearestAsync(refusal.Provider, asked, cancellationToken);
        if (nearest is null) return refusal;
        var words = nearest == asked
            ? $"The model provider '{refusal.Provider}' serves '{asked}', but not by {call.Request.Path}. If it does not speak this format, say so: models.providers.{refusal.Provider}.speaks."
            : $"The model provider '{refusal.Provider}' does not know the model '{ModelNames.Shown(asked)}'. The nearest it serves is '{ModelNames.Shown(nearest)}'. Correct the agent's model, or add it to models.aliases of kintsugi.yaml.";
        return refusal with { Answer = WireErrors.In(call.Request.Path, 404, "model_not_found", words) };
    }

    private TimeSpan Keep(PendingCall call, Attempt attempt, SampleCalls calls)
    {
        var latency = _clock.GetElapsedTime(call.Started);
        var facts = attempt.Facts;
        calls.Add(new RecordedCall(
            attempt.Provider, call.Question.Model, facts.ServedModel, call.Request, attempt.Answer, Replayed: false, latency,
            facts.InputTokens ?? 0, facts.OutputTokens ?? 0, attempt.IsShared ? 0m : call.CostUsd, facts.FinishReason, attempt.Fault, facts.Fingerprint, attempt.Judgement.Refusal)
        { Shared = attempt.IsShared });
        return latency;
    }

    /// <summary>The agent gave up waiting. Whether for want of patience or of a provider, the time for which nothing came and what went wrong before decide.</summary>
    private void KeepAbandoned(PendingCall call, SampleCalls calls)
    {
        var age = _clock.GetElapsedTime(call.Started);
        var begun = call.Relay is { IsStarted: true } ? call.Relay : null;
        var fault = begun is { IsHeldUp: true } ? null : call.LastFault ?? ((begun?.Silence ?? age) >= _limits.SlowAfter ? Faults.Timeout : null);
        var answer = new ModelAnswer(HungUp, "application/octet-stream", begun?.Answer.Body ?? ReadOnlyMemory<byte>.Empty);
        calls.Add(new RecordedCall(
            call.LastProvider, call.Question.Model, null, call.Request, answer, Replayed: false, age, 0, 0,
            call.CostUsd, null, fault));
    }

    private async Task RecordAsync(PendingCall call, Attempt attempt, TimeSpan latency, CancellationToken cancellationToken)
    {
        if (_cassette is null) return;
        var recording = new Recording(
            call.Key, attempt.Provider, call.Question.Model, call.Question.Canonical, attempt.Answer, _clock.GetUtcNow(), latency);
        await _cassette.RecordAsync(recording, cancellationToken);
    }

    private ProviderLane Lane(string name, IModelProvider provider, PriceList prices)
    {
        var config = _config.Providers.GetValueOrDefault(name) ?? ModelsConfig.Embedded.Providers["simulated"];
        return new ProviderLane(provider, config, new Till(config, prices, _purse), _limits, _clock);
    }
}
