using System.Net;
using System.Text;
using Kintsugi.Models.Providers;

namespace Kintsugi.Models.Upstreams;

/// <summary>The connection to one upstream. The secrets go into its headers and nowhere else.</summary>
/// <remarks>No cookies, no redirects and no proxy: each would carry a secret, or one sample's state, where nobody sent it.</remarks>
internal sealed class UpstreamService(UpstreamConfig config) : IDisposable
{
    private const int MostConnections = 64;
    private const int ShortestSecret = 8; // a shorter one would be blotted out of words that have nothing to do with it

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.All, // a secret cannot be found in compressed bytes
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a change of address is noticed
        MaxConnectionsPerServer = MostConnections,
        MaxResponseHeadersLength = 64, // KiB
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8, // as Kestrel has read them
        ActivityHeadersPropagator = null,
    })
    { Timeout = Timeout.InfiniteTimeSpan }; // the gateway times calls, by its own clock

    public UpstreamConfig Config { get; } = config;

    public SecretMask Mask { get; } = new(config.Secrets.Where(s => s.Length >= ShortestSecret));

    /// <summary>Asks once; the answer's body has not been read.</summary>
    /// <exception cref="HttpRequestException">The upstream could not be reached, or does not speak HTTP.</exception>
    public async Task<HttpResponseMessage> SendAsync(UpstreamRequest request, Uri url, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Parse(request.Method), url);
        if (!request.Body.IsEmpty) message.Content = new ReadOnlyMemoryContent(request.Body);
        foreach (var (name, value) in request.Headers.Concat(Config.Headers))
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public void Dispose() => _http.Dispose();
}
