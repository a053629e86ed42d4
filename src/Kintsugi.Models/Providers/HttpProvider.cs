using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Kintsugi.Models.Providers;

/// <summary>A service that is asked over HTTP in a vendor's wire format. Bodies pass through as they are.</summary>
/// <remarks>
/// The key goes into one header and nowhere else: it is blotted out of answers, and no exception made here holds it.
/// Redirects are not followed, or the key would follow them.
/// </remarks>
public sealed class HttpProvider : IStreamingProvider, IDisposable
{
    public const int MaxAnswerBytes = 10 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly Uri _url;
    private readonly ProviderKind _kind;
    private readonly IReadOnlyList<string> _paths;
    private readonly SecretMask _mask;
    private readonly KeyValuePair<string, string>? _credential;
    private readonly TimeProvider _clock;

    private HttpProvider(ProviderConfig config, ProviderKind kind, Uri url, TimeProvider clock)
    {
        Name = config.Name;
        _kind = kind;
        _url = url;
        _paths = config.Paths ?? kind.Paths;
        _mask = new SecretMask(config.Key is null ? [] : [config.Key]);
        _credential = config.Key is null ? null : kind.Credential(config.KeyHeader, config.Key);
        _clock = clock;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = url.Scheme == Uri.UriSchemeHttps && !url.IsLoopback, // a proxy sees all of plain http, the key included
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a change of address is noticed
            ActivityHeadersPropagator = null, // a trace of ours is no business of the vendor's
        })
        { Timeout = Timeout.InfiniteTimeSpan }; // the gateway times calls, by its own clock
    }

    public string Name { get; }

    public bool Serves(string path) => _paths.Contains(path);

    /// <exception cref="BadModelsConfigException">The URL or the key cannot be used.</exception>
    public static HttpProvider Create(ProviderConfig config, ProviderKind kind, TimeProvider clock)
    {
        var url = ProviderAddress.Check(config with { Url = config.Url ?? kind.DefaultUrl });
        if (config.Key is { } key && (key.Length == 0 || key.Any(c => c is <= ' ' or > '~')))
            throw new BadModelsConfigException(
                $"models.providers.{config.Name}.key",
                "The key is empty, or holds a space, a line break or a letter outside ASCII. Set its variable to the key alone.");
        return new HttpProvider(config, kind, url, clock);
    }

    public async Task<ModelAnswer> AskAsync(ModelRequest request, Draw draw, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(request, cancellationToken);
            return await ReadWholeAsync(response, cancellationToken);
        }
        catch (IOException e)
        {
            throw BrokenOff(e);
        }
    }

    public async Task<ModelAnswer?> RelayAsync(ModelRequest request, Draw draw, StreamSink sink, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType != "text/event-stream")
                return await ReadWholeAsync(response, cancellationToken);
            await PassOnAsync(response, sink, cancellationToken);
            return null;
        }
        catch (IOException e)
        {
            throw BrokenOff(e);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        // A question without a body (the list of models) is a GET.
        using var message = new HttpRequestMessage(request.Body.IsEmpty ? HttpMethod.Get : HttpMethod.Post, _kind.Join(_url, request.Path));
        if (_credential is { } credential) message.Headers.TryAddWithoutValidation(credential.Key, credential.Value);
        foreach (var (name, value) in _kind.HeadersOf(request)) message.Headers.TryAddWithoutValidation(name, value);
        if (!request.Body.IsEmpty)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private async Task<ModelAnswer> ReadWholeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var announced = response.Content.Headers.ContentLength;
        if (announced > MaxAnswerBytes) throw TooLarge();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var body = new byte[announced ?? SecretMask.ChunkBytes];
        var length = 0;
        while (true)
        {
            if (length == body.Length)
            {
                if (length == announced) break;
                if (length > MaxAnswerBytes) throw TooLarge();
                Array.Resize(ref body, Math.Min(2 * length, MaxAnswerBytes + 1));
            }
            var read = await stream.ReadAsync(body.AsMemory(length), cancellationToken);
            if (read == 0) break;
            length += read;
        }
        _mask.Blot(body.AsSpan(0, length));
        return new ModelAnswer((int)response.StatusCode, ContentType(response), body.AsMemory(0, length), RetryAfter(response));
    }

    private async Task PassOnAsync(HttpResponseMessage response, StreamSink sink, CancellationToken cancellationToken)
    {
        var contentType = ContentType(response);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var chunk in _mask.ReadAsync(stream, cancellationToken)) await sink(contentType, chunk, cancellationToken);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _clock.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => Milliseconds(response),
    };

    /// <summary>`retry-after-ms`, which some services send beside or instead of the standard header.</summary>
    private static TimeSpan? Milliseconds(HttpResponseMessage response) =>
        response.Headers.TryGetValues("retry-after-ms", out var values)
        && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var wait) && wait is >= 0 and < 1e9
            ? TimeSpan.FromMilliseconds(wait)
            : null;

    private static string ContentType(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.ToString() ?? "application/octet-stream";

    private static HttpRequestException BrokenOff(IOException e) =>
        new(HttpRequestError.ResponseEnded, "The service broke off within its answer.", e);

    private static HttpRequestException TooLarge() =>
        new(HttpRequestError.ConfigurationLimitExceeded, $"The answer is larger than {MaxAnswerBytes / 1024 / 1024} MiB.", null, HttpStatusCode.OK);
}
