using System.Globalization;
using System.Net;
using System.Text.Json;
using Kintsugi.Sandbox.Git;
using Polly;
using Polly.Retry;

namespace Kintsugi.Forge.Wire;

/// <summary>The one way to a forge: says who we are, sends again what may be sent again, bounds what is read, and turns every error into an exception.</summary>
/// <remarks>
/// Sent again: everything that a rate limit turned away (it had no effect), and what was lost on the way or failed inside the forge where doing it twice is
/// doing it once. A request that makes something is not: <see cref="LostAnswerException"/>.
/// Nothing goes to another host, whatever a link or a redirect says: the token would go with it.
/// </remarks>
internal sealed class ForgeHandler : DelegatingHandler
{
    private const int MostTries = 6;
    private const int MostAnswerBytes = 32 << 20;
    private const int MostWords = 500;

    /// <summary>For an answer that says when to come back; a longer one is for the caller's next run.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(100);

    private readonly Uri _api;
    private readonly ICredentials _credentials;
    private readonly TimeProvider _clock;
    private readonly ResiliencePipeline<Try> _tries;

    /// <param name="inner">Must follow no redirect.</param>
    public ForgeHandler(Uri api, ICredentials credentials, HttpMessageHandler inner, TimeProvider clock) : base(inner)
    {
        _api = api;
        _credentials = credentials;
        _clock = clock;
        _tries = new ResiliencePipelineBuilder<Try> { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions<Try>
            {
                MaxRetryAttempts = MostTries - 1,
                Delay = FirstPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Result is { Again: true }),
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result?.Pause),
                OnRetry = arguments =>
                {
                    arguments.Outcome.Result?.Answer?.Dispose();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>Who we are, for each request.</summary>
    internal interface ICredentials
    {
        ValueTask AddToAsync(HttpRequestMessage request, CancellationToken cancellationToken);

        /// <summary>Whether what was refused with 401 is thrown away, and something newer comes with the next request.</summary>
        bool Renews();
    }

    /// <exception cref="ForgeRefusal">The answer is an error.</exception>
    /// <exception cref="LostAnswerException">It may have had its effect.</exception>
    /// <exception cref="ForgeException">The forge cannot be reached, or is to be left alone for longer than is waited here.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!IsOurs(request.RequestUri!)) throw new ForgeException($"{_api.Host} led to another host, which gets no token of ours. Name the API's own address.");
        var renewed = false;
        var last = await _tries.ExecuteAsync(
            async token =>
            {
                var tried = await TryAsync(request, token);
                if (tried.Answer?.StatusCode != HttpStatusCode.Unauthorized || renewed || !_credentials.Renews()) return tried;
                renewed = true;
                return tried with { Again = true, Pause = TimeSpan.Zero };
            },
            cancellationToken);
        if (last.Answer is { IsSuccessStatusCode: true } or { StatusCode: HttpStatusCode.Found }) return last.Answer;
        using (last.Answer) throw Failed(request, last);
    }

    private bool IsOurs(Uri target) => target.Scheme == _api.Scheme && target.Authority == _api.Authority;

    private async Task<Try> TryAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await _credentials.AddToAsync(request, cancellationToken);
        HttpResponseMessage? answer = null;
        try
        {
            using var limit = new CancellationTokenSource(LongestTry, _clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            answer = await base.SendAsync(request, both.Token);
            await answer.Content.LoadIntoBufferAsync(MostAnswerBytes, both.Token);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            answer?.Dispose();
            return new Try(null, error, CanRepeat(request));
        }
        if ((answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.NotFound) && IsNoAnswer(request, answer) is { } instead)
        {
            answer.Dispose();
            throw new ForgeException($"{_api.Host} did not answer {Words(request)} as the API of a forge does, but with {instead}: check `review.url`, and that no proxy asks for a login.");
        }
        var said = answer.IsSuccessStatusCode ? "" : Said(answer, await answer.Content.ReadAsStringAsync(cancellationToken), new SentSecret(request.Headers.Authorization?.Parameter ?? ""));
        var turnedAway = LimitedFor(answer, said);
        var again = turnedAway is { } pause ? pause <= LongestPause : (int)answer.StatusCode >= 500 && CanRepeat(request);
        return new Try(answer, null, again, turnedAway, turnedAway, said);
    }

    /// <summary>Whether doing it twice is doing it once. Of what makes something only git's objects, which are named by what they hold, and tokens.</summary>
    private static bool CanRepeat(HttpRequestMessage request) =>
        request.Method != HttpMethod.Post
        || request.RequestUri!.AbsolutePath is var path && (path.EndsWith("/git/blobs", StringComparison.Ordinal) || path.EndsWith("/git/trees", StringComparison.Ordinal)
            || path.EndsWith("/git/commits", StringComparison.Ordinal) || path.EndsWith("/access_tokens", StringComparison.Ordinal)
            || path.EndsWith("/labels", StringComparison.Ordinal) || path.EndsWith("/assignees", StringComparison.Ordinal) || path.EndsWith("/requested_reviewers", StringComparison.Ordinal));

    /// <summary>How long a rate limit turns us away; null where none does.</summary>
    private TimeSpan? LimitedFor(HttpResponseMessage answer, string said)
    {
        if (answer.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests)) return null;
        switch (answer.Headers.RetryAfter)
        {
            case { Delta: { } delta }: return delta;
            case { Date: { } date }: return Positive(date - _clock.GetUtcNow());
        }
        foreach (var prefix in (string[])["x-ratelimit", "RateLimit"]) // GitHub's and GitLab's
        {
            if (Header(answer, prefix + "-remaining") == "0" && long.TryParse(Header(answer, prefix + "-reset"), NumberStyles.None, CultureInfo.InvariantCulture, out var reset) && reset < 1L << 40)
                return Positive(DateTimeOffset.FromUnixTimeSeconds(reset) - _clock.GetUtcNow());
        }
        return answer.StatusCode == HttpStatusCode.TooManyRequests || said.Contains("secondary rate limit", StringComparison.OrdinalIgnoreCase) ? LongestPause : null; // GitHub: then a minute
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.First() : null;

    private Exception Failed(HttpRequestMessage request, Try last)
    {
        var asked = Words(request);
        if (last.Answer is null)
            return CanRepeat(request) ? new ForgeException($"{_api.Host} cannot be reached: {asked} failed {MostTries} times ({last.Broken!.Message}). Try again later.", last.Broken) : new LostAnswerException(asked, last.Broken);
        var status = last.Answer.StatusCode;
        if (last.TurnedAway is { } pause)
            return new ForgeException($"{_api.Host} lets us make no more requests for now ({asked}: {last.Said}). Run again at {_clock.GetUtcNow() + pause:yyyy-MM-dd HH:mm} UTC or later.");
        if ((int)status < 500) return new ForgeRefusal(status, asked, last.Said);
        return CanRepeat(request)
            ? new ForgeException($"{_api.Host} is failing: {asked} was answered {(int)status} {MostTries} times ({last.Said}). Try again later.")
            : new LostAnswerException(asked, null);
    }

    private string Words(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        return $"{request.Method} {(path.StartsWith(_api.AbsolutePath, StringComparison.Ordinal) ? path[_api.AbsolutePath.Length..] : path)}";
    }

    /// <summary>What a web site answers where an API is meant; read as JSON it would be a thing that is not there.</summary>
    /// <returns>Null where it may be an answer. Files and logs may be empty.</returns>
    private static string? IsNoAnswer(HttpRequestMessage request, HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml") return "a page of HTML";
        var isFile = request.RequestUri!.AbsolutePath is var path && (path.EndsWith("/raw", StringComparison.Ordinal) || path.EndsWith("/trace", StringComparison.Ordinal));
        return answer.StatusCode == HttpStatusCode.OK && request.Method == HttpMethod.Get && answer.Content.Headers.ContentLength == 0 && !isFile ? "nothing" : null;
    }

    /// <summary>`message` and `errors` of the answer, as one plain line, without what we said to be let in.</summary>
    private static string Said(HttpResponseMessage answer, string text, SentSecret secret)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                text = string.Join(" ", from name in (string[])["message", "error", "errors"] where json.RootElement.TryGetProperty(name, out _) select json.RootElement.GetProperty(name).ToString());
        }
        catch (JsonException)
        {
            text = answer.ReasonPhrase ?? ""; // a page for people
        }
        return PlainText.Line(secret.Blot(text), MostWords);
    }

    /// <param name="Again">Whether it is to be sent again, after <paramref name="Pause"/>; null for one that grows.</param>
    /// <param name="TurnedAway">For how long a rate limit does; null where none does.</param>
    private sealed record Try(HttpResponseMessage? Answer, Exception? Broken, bool Again, TimeSpan? Pause = null, TimeSpan? TurnedAway = null, string Said = "");
}
