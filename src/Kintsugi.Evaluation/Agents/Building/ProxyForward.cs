using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>Serves a build's plain HTTP: `http://` addresses of allowed hosts, and registries that want a credential.</summary>
internal sealed class ProxyForward : IDisposable
{
    private const int LongestIndexBytes = 64 << 20;

    // Of the connection, not of the message; and what is decided here: whose the request is, how the answer is packed.
    private static readonly HashSet<string> NotPassedOn = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect",
        "Host", "Content-Length", "Accept-Encoding", "Set-Cookie", "Cookie",
    };

    private readonly BuildNetwork _network;
    private readonly IReadOnlyList<Registry> _registries;
    private readonly ProxyRelay _relay;
    private readonly BuildProxyUse _use;
    private readonly HttpClient _hosts;
    private readonly HttpClient _own;

    /// <exception cref="BadFileException">A variable that a header needs is not set.</exception>
    public ProxyForward(BuildNetwork network, Func<string, string?> environment, OutwardConnections outward, ProxyRelay relay, BuildProxyUse use)
    {
        (_network, _relay, _use) = (network, relay, use);
        _registries = [.. network.Registries.Select(r => new Registry(r.Url, r.Expand(environment)))];
        _hosts = Client((host, port, token) => outward.OpenAsync(host, port, RuleOf(host, port)?.IsLocalByName ?? false, token));
        _own = Client((host, port, token) => outward.OpenAsync(host, port, @private: true, token)); // the owner wrote this very address
    }

    public void Dispose()
    {
        _hosts.Dispose();
        _own.Dispose();
    }

    public async Task ServeAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var port = context.Connection.LocalPort;
        if (Uri.TryCreate(target, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp)
        {
            if (!address.IsLoopback || address.Port != port)
            {
                await ForwardAsync(context, address);
                return;
            }
            target = target.IndexOf('/', "http://".Length) is > 0 and var path ? target[path..] : "/";
        }
        if (Read(target) is var (number, below)) await ServeRegistryAsync(context, number, below, port);
        else await AnswerAsync(context, StatusCodes.Status404NotFound, "This is the proxy of a build: set it as http_proxy, or ask for the address in $KINTSUGI_REGISTRY_1.\n");
    }

    private AllowedHost? RuleOf(string host, int port) => _network.Hosts.FirstOrDefault(h => h.Allows(BuildProxy.Plain(host), port));

    private async Task ForwardAsync(HttpContext context, Uri address)
    {
        var name = BuildProxy.Shown(BuildProxy.Plain(address.IdnHost), address.Port);
        if (RuleOf(address.IdnHost, address.Port) is null)
        {
            _use.Block(name, BuildProxy.AddLine);
            await AnswerAsync(context, StatusCodes.Status403Forbidden, BuildProxy.Refusal(name));
            return;
        }
        using var request = Request(context, address);
        await SendAsync(context, _hosts, request, name, links: null);
    }

    private async Task ServeRegistryAsync(HttpContext context, int number, string below, int port)
    {
        if (number < 1 || number > _registries.Count || !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)))
        {
            await AnswerAsync(context, StatusCodes.Status403Forbidden, "A build reads from the registries of build.network, with GET and HEAD, and there is no other.\n");
            return;
        }
        var registry = _registries[number - 1];
        var links = new RegistryLinks(registry.Url, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/registry/{number}"));
        var address = new Uri(registry.Url.GetLeftPart(UriPartial.Path).TrimEnd('/') + below);
        if (Climbs(below) || !links.IsBelow(address)) // the credential is for what lies below, whatever else is served there
        {
            await AnswerAsync(context, StatusCodes.Status403Forbidden, "The address leads out of the registry.\n");
            return;
        }
        using var request = Request(context, address);
        request.Headers.Remove("Authorization");
        foreach (var (header, value) in registry.Headers)
        {
            request.Headers.Remove(header);
            request.Headers.TryAddWithoutValidation(header, value);
        }
        await SendAsync(context, _own, request, registry.Url.Authority, links);
    }

    private static HttpRequestMessage Request(HttpContext context, Uri address)
    {
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), address);
        var detection = context.Features.Get<IHttpRequestBodyDetectionFeature>();
        if (detection?.CanHaveBody == true) request.Content = new StreamContent(context.Request.Body);
        foreach (var (header, value) in context.Request.Headers)
            if (!NotPassedOn.Contains(header) && !request.Headers.TryAddWithoutValidation(header, (IEnumerable<string>)value))
                request.Content?.Headers.TryAddWithoutValidation(header, (IEnumerable<string>)value);
        return request;
    }

    private async Task SendAsync(HttpContext context, HttpClient client, HttpRequestMessage request, string name, RegistryLinks? links)
    {
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            Judge(response.StatusCode, name, links is not null);
            await PassOnAsync(context, response, links);
        }
        catch (HttpRequestException e) when (e.InnerException is PrivateAddressException { Remedy: var remedy })
        {
            _use.Block(name, remedy);
            await AnswerAsync(context, StatusCodes.Status403Forbidden, $"Blocked by the build's proxy: {e.InnerException.Message}.\n");
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested && e is HttpRequestException or IOException or OperationCanceledException)
        {
            if (!_relay.IsSpent) _use.Fail(name, $"it cannot be reached: {(e.InnerException ?? e).Message.TrimEnd('.')}.");
            if (context.Response.HasStarted) context.Abort();
            else await AnswerAsync(context, StatusCodes.Status502BadGateway, $"{name} cannot be reached: {(e.InnerException ?? e).Message}\n");
        }
    }

    // Only of a registry is the answer a matter between it and us: the build has no credential of its own.
    private void Judge(HttpStatusCode status, string name, bool registry)
    {
        if ((int)status >= 500 || status == HttpStatusCode.TooManyRequests) _use.Fail(name, $"it answered {(int)status}. Run again when it is back.");
        else if (registry && status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            _use.Fail(name, $"it answered {(int)status}. Correct the variables that 'build.secrets' names.");
        else _use.Works(name);
    }

    private async Task PassOnAsync(HttpContext context, HttpResponseMessage response, RegistryLinks? links)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (header, values) in response.Headers.Concat(response.Content.Headers))
            if (!NotPassedOn.Contains(header))
                context.Response.Headers[header] = values.ToArray();
        if (links is not null && response.Headers.Location is { } location) context.Response.Headers.Location = links.Rewrite(location).AbsoluteUri;
        using var silence = _relay.Silence();
        await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        if (links is not null && RegistryLinks.MayStandIn(response.Content.Headers.ContentType?.MediaType)) await RewriteAsync(context, body, links, silence);
        else
        {
            if (response.Content.Headers.ContentLength is { } length) context.Response.ContentLength = length;
            await _relay.CopyAsync(body, context.Response.Body, silence, context.RequestAborted);
        }
    }

    private async Task RewriteAsync(HttpContext context, Stream body, RegistryLinks links, CancellationTokenSource silence)
    {
        using var page = new BoundedStream(LongestIndexBytes);
        await _relay.CopyAsync(body, page, silence, context.RequestAborted);
        await context.Response.WriteAsync(links.Rewrite(Encoding.UTF8.GetString(page.GetBuffer().AsSpan(0, (int)page.Length))), context.RequestAborted);
    }

    private static HttpClient Client(Func<string, int, CancellationToken, Task<Socket>> open) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectCallback = async (context, token) => new NetworkStream(await open(context.DnsEndPoint.Host, context.DnsEndPoint.Port, token), ownsSocket: true),
    });

    /// <returns>The registry's number and what follows: nothing, or something that begins with '/' or '?'.</returns>
    private static (int Number, string Below)? Read(string target)
    {
        const string start = "/registry/";
        if (!target.StartsWith(start, StringComparison.Ordinal)) return null;
        var end = target.AsSpan(start.Length).IndexOfAny('/', '?');
        var number = end < 0 ? target[start.Length..] : target.Substring(start.Length, end);
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? (n, target[(start.Length + number.Length)..]) : null;
    }

    // Also where a server would unfold what a URI library leaves alone (`..%2f`).
    private static bool Climbs(string below) => Uri.UnescapeDataString(below.Split('?')[0]).Split('/', '\\').Contains("..");

    private static async Task AnswerAsync(HttpContext context, int status, string words)
    {
        context.Response.Headers.Clear();
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(words, context.RequestAborted);
    }

    private sealed record Registry(Uri Url, IReadOnlyDictionary<string, string> Headers);

    private sealed class BoundedStream(int mostBytes) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Length + buffer.Length <= mostBytes
                ? base.WriteAsync(buffer, cancellationToken)
                : throw new IOException($"the index page has more than {mostBytes >> 20} MiB");
    }
}
