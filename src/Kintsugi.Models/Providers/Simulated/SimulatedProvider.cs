using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>A provider with no model behind it: follows the rubric lines of a prompt, over the OpenAI wire format, and says so wherever it answers.</summary>
/// <remarks>
/// What it can follow and what it cannot is written in docs/simulated-provider.md. Its calls are counted from its construction, for weather that passes.
/// Safe to use from many threads.
/// </remarks>
public sealed class SimulatedProvider(string name, SimulatedWeather weather, TimeProvider clock) : IModelProvider
{
    private const string Fingerprint = "fp_simulated_1";
    private const string DriftedFingerprint = "fp_simulated_2";

    private readonly Interpreter _interpreter = new();
    private int _calls;

    public string Name { get; } = name;

    public bool Serves(string path) => path is WirePaths.Chat or WirePaths.Models;

    public async Task<ModelAnswer> AskAsync(ModelRequest request, Draw draw, CancellationToken cancellationToken)
    {
        if (request.Path == WirePaths.Models) return ChatReply.Models(SimulatedModel.Catalogue);
        if (request.Path != WirePaths.Chat)
            return ChatReply.Error(404, "invalid_request_error", "unknown_url", $"The simulated provider does not serve {request.Path}. Ask /v1/chat/completions or /v1/models.");
        var call = Interlocked.Increment(ref _calls);
        if (weather.LatencyMs > 0) await Task.Delay(TimeSpan.FromMilliseconds(weather.LatencyMs), clock, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return Refusal(call, draw) ?? Answer(request, draw, call);
    }

    private ModelAnswer? Refusal(int call, Draw draw)
    {
        var limited = weather.RateLimit.FirstCalls;
        var failing = limited + weather.Failures.FirstCalls;
        if (call <= limited || IsLimitedNow(draw)) return RateLimited();
        if (call <= failing) return ChatReply.Error(weather.Failures.Status, "server_error", null, "Simulated failure of the provider.");
        return call <= failing + weather.Failures.TimeoutCalls
            ? throw new TimeoutException($"Provider '{Name}' did not answer (simulated time-out).")
            : null;
    }

    private bool IsLimitedNow(Draw draw) =>
        weather.RateLimit.PerMille > 0 && Drawn("rate limit", default, draw).Next(1000) < weather.RateLimit.PerMille;

    private ModelAnswer RateLimited() => ChatReply.Error(
        429, "requests", "rate_limit_exceeded", "Simulated rate limit reached. Try again later.", TimeSpan.FromMilliseconds(weather.RateLimit.RetryAfterMs));

    private ModelAnswer Answer(ModelRequest request, Draw draw, int call)
    {
        try
        {
            using var document = JsonDocument.Parse(request.Body);
            var chat = ChatRequest.Read(document.RootElement);
            if (SimulatedModel.Find(chat.Model) is not { } model)
            {
                var asked = chat.Model.Length > 64 ? chat.Model[..64] + "…" : chat.Model;
                return ChatReply.Error(
                    404, "invalid_request_error", "model_not_found",
                    $"The model '{asked}' does not exist here. Did you mean '{SimulatedModel.NearestTo(chat.Model).Name}'? This provider is simulated.");
            }
            return Answer(chat, model, request, draw, call);
        }
        catch (Exception e) when (e is JsonException or BadRequestException)
        {
            return ChatReply.Error(400, "invalid_request_error", null, e is JsonException ? $"The body is not JSON: {e.Message}" : e.Message);
        }
    }

    private ModelAnswer Answer(ChatRequest chat, SimulatedModel model, ModelRequest request, Draw draw, int call)
    {
        var drift = weather.Drift is { } d && call > d.AfterCalls ? d : null;
        var skill = new Skill(model.RubricLines, new Reading(drift?.AtLeastIsMoreThan == true), drift?.Ignores ?? IgnoredLines.None);
        var random = Drawn("answer", request.Body.Span, draw);
        var id = $"chatcmpl-sim-{random.NextInt64(1L << 48):x12}";
        var errs = random.NextDouble() < (weather.Noise ?? model.Noise);
        var reply = _interpreter.Reply(chat, skill, errs ? random : null);
        var fingerprint = drift is null ? Fingerprint : DriftedFingerprint;
        var inputTokens = ChatReply.Tokens(request.Body.Length);
        return chat.Stream
            ? ChatReply.Streamed(reply, chat, fingerprint, id, inputTokens)
            : ChatReply.Whole(reply, chat, fingerprint, id, inputTokens);
    }

    /// <summary>Equal seeds, questions and draws give equal numbers, on every machine and in any order of calls.</summary>
    private Random Drawn(string purpose, ReadOnlySpan<byte> question, Draw draw)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(question);
        hash.AppendData(Encoding.UTF8.GetBytes(
            string.Create(null, $"\0{purpose}\0{weather.Seed}\0{draw.SampleId}\0{draw.Epoch}\0{draw.Ordinal}\0{draw.Attempt}")));
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return new Random(BinaryPrimitives.ReadInt32LittleEndian(digest));
    }
}
