using System.Net;
using System.Text.RegularExpressions;
using Kintsugi.Forge.Wire;

namespace Kintsugi.Forge.GitHub;

/// <summary>One repository of GitHub or GitHub Enterprise.</summary>
/// <remarks>What is made is found again by what GitHub itself keeps: a branch and a check by name, a pull request by its branch, a comment or issue by an unseen last line of ours.</remarks>
public sealed partial class GitHubForge : IRemoteForge
{
    private readonly string _repository;
    private readonly string _owner;
    private readonly GitHubApi _api;
    private readonly InstallationHeader? _installation;
    private readonly HttpClient _plain;
    private readonly Uri _root;
    private readonly TimeProvider _clock;
    private string? _login;
    private bool _askedForLogin;

    /// <exception cref="ForgeException">The repository's name is none, or the App's key.</exception>
    public GitHubForge(ForgeSettings settings, TimeProvider clock)
    {
        if (!RepositoryName().IsMatch(settings.Repository)) throw new ForgeException($"'{settings.Repository}' is no repository of GitHub: write `owner/name`.");
        _clock = clock;
        _repository = settings.Repository;
        _owner = _repository.Split('/')[0];
        _root = settings.Api;
        ForgeHandler.ICredentials credentials = settings.Credentials switch
        {
            TokenCredentials token => new TokenHeader(token.Token),
            AppCredentials app => _installation = new InstallationHeader(app, _root, _repository, Handler, clock),
            _ => throw new ForgeException($"GitHub knows no {settings.Credentials}. Give a token or an App."),
        };
        _api = new GitHubApi(_root, _owner, _repository.Split('/')[1], new ForgeHandler(_root, credentials, Handler(), clock));
        _plain = new HttpClient(Handler()); // without any token: for the place that keeps logs
    }

    public void Dispose()
    {
        _api.Dispose();
        _installation?.Dispose();
        _plain.Dispose();
    }

    private static SocketsHttpHandler Handler() => new() { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };

    /// <summary>Whether we wrote it.</summary>
    /// <remarks>
    /// The token of a job of GitHub Actions may not ask who it is. Until something made by it has told, whatever any app wrote that ends in our mark counts as
    /// ours; a person cannot act as an app.
    /// </remarks>
    private async Task<bool> IsUsAsync(WireUser? author, CancellationToken cancellationToken)
    {
        if (author is null) return false;
        if (!_askedForLogin) _login ??= await LoginAsync(cancellationToken);
        _askedForLogin = true;
        return _login is null ? author.Type == "Bot" : string.Equals(author.Login, _login, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<string?> LoginAsync(CancellationToken cancellationToken)
    {
        if (_installation is not null) return await _installation.SlugAsync(cancellationToken) is { } slug ? slug + "[bot]" : null;
        try
        {
            return (await _api.GetRootAsync<WireUser>("user", cancellationToken)).Login;
        }
        catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private Task<T> GuardAsync<T>(string needs, Func<Task<T>> what) => Guard.RunAsync(_repository, needs, what);

    [GeneratedRegex(@"^[A-Za-z0-9-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$")]
    private static partial Regex RepositoryName();
}
