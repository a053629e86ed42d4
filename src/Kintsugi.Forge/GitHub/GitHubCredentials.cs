using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Kintsugi.Forge.Wire;

namespace Kintsugi.Forge.GitHub;

/// <summary>Who a GitHub App is: a statement signed anew for each request.</summary>
internal sealed class AppHeader : ForgeHandler.ICredentials, IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(9); // GitHub takes ten
    private static readonly TimeSpan Drift = TimeSpan.FromMinutes(1);

    private readonly long _app;
    private readonly RSA _key;
    private readonly TimeProvider _clock;

    /// <exception cref="ForgeException">The key is none.</exception>
    public AppHeader(AppCredentials credentials, TimeProvider clock)
    {
        _app = credentials.AppId;
        _clock = clock;
        _key = RSA.Create();
        try
        {
            _key.ImportFromPem(credentials.PrivateKey);
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            _key.Dispose();
            throw new ForgeException("The private key of the GitHub App is no RSA key in PEM. Download one from the App's page, and give the file as it is."); // its words may quote the key
        }
    }

    public ValueTask AddToAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var head = Base64Url.EncodeToString("""{"alg":"RS256","typ":"JWT"}"""u8);
        var claims = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new
        {
            iat = (now - Drift).ToUnixTimeSeconds(),
            exp = (now + Lifetime).ToUnixTimeSeconds(),
            iss = _app.ToString(CultureInfo.InvariantCulture),
        }));
        var signature = _key.SignData(System.Text.Encoding.ASCII.GetBytes($"{head}.{claims}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", $"{head}.{claims}.{Base64Url.EncodeToString(signature)}");
        return ValueTask.CompletedTask;
    }

    public bool Renews() => false;

    public void Dispose() => _key.Dispose();
}

/// <summary>A GitHub App in one repository: its installation's tokens last an hour, and are renewed before they end or when one is refused.</summary>
internal sealed class InstallationHeader : ForgeHandler.ICredentials, IDisposable
{
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(5);

    private readonly AppHeader _app;
    private readonly HttpClient _http;
    private readonly string _repository;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _gate = new(1);
    private long? _installation;
    private WireToken? _token;

    /// <param name="repository">`owner/name`.</param>
    public InstallationHeader(AppCredentials credentials, Uri api, string repository, Func<HttpMessageHandler> handler, TimeProvider clock)
    {
        _app = new AppHeader(credentials, clock);
        _http = new HttpClient(new ForgeHandler(api, _app, handler(), clock)) { BaseAddress = api, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("kintsugi");
        _http.DefaultRequestHeaders.Accept.ParseAdd("application/vnd.github+json");
        _repository = repository;
        _clock = clock;
        _installation = credentials.InstallationId;
    }

    /// <returns>`kintsugi` of `kintsugi[bot]`; null where GitHub does not say.</returns>
    public async Task<string?> SlugAsync(CancellationToken cancellationToken) =>
        (await _http.GetFromJsonAsync<WireApp>("app", WireJson.Options, cancellationToken))?.Slug;

    public async ValueTask AddToAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(cancellationToken));

    public bool Renews()
    {
        _token = null;
        return true;
    }

    public void Dispose()
    {
        _http.Dispose();
        _app.Dispose();
        _gate.Dispose();
    }

    private async Task<string> TokenAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_token is { } held && held.ExpiresAt - Before > _clock.GetUtcNow()) return held.Token;
            _installation ??= (await _http.GetFromJsonAsync<WireInstallation>($"repos/{_repository}/installation", WireJson.Options, cancellationToken))!.Id;
            using var answer = await _http.PostAsync(string.Create(CultureInfo.InvariantCulture, $"app/installations/{_installation}/access_tokens"), null, cancellationToken);
            _token = (await answer.Content.ReadFromJsonAsync<WireToken>(WireJson.Options, cancellationToken))!;
            return _token.Token;
        }
        finally
        {
            _gate.Release();
        }
    }
}
