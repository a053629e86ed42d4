using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Kintsugi.Tests.Forge;

/// <summary>One repository at a GitHub in memory that is as strict as GitHub is: duplicates, missing heads and moved branches are refused, lists come in pages.</summary>
internal sealed partial class StrictGitHub : StrictForge
{
    public const string Token = "ghp_strict";

    private readonly Dictionary<string, StrictToken> _tokens = new(StringComparer.Ordinal);
    private RSA? _appKey;
    private long _appId;
    private int _installations;

    private StrictGitHub(string repository, TimeProvider clock) : base(repository, clock)
    {
        GitRoutes();
        ConversationRoutes();
        CheckRoutes();
        On("GET", "/user", call => call.User.Kind == "Bot" ? Error(403, "Resource not accessible by integration") : new StrictAnswer(200, Shown(call.User)));
        On("GET", "/app", _ => new StrictAnswer(200, new { id = _appId, slug = AppSlug, name = AppSlug, node_id = "A", owner = Shown(new StrictUser(Owner)), html_url = Root, external_url = Root, created_at = Now(), updated_at = Now(), permissions = new { }, events = Array.Empty<string>() }));
        On("GET", Repo("/installation"), _ => new StrictAnswer(200, new { id = InstallationId, app_id = _appId, app_slug = AppSlug }));
        On("POST", $"/app/installations/{InstallationId}/access_tokens", _ =>
        {
            var token = $"ghs_{++_installations}";
            _tokens[token] = new StrictToken(new StrictUser(AppSlug + "[bot]", "Bot"), Clock.GetUtcNow().AddHours(1));
            return new StrictAnswer(201, new { token, expires_at = Clock.GetUtcNow().AddHours(1) });
        });
    }

    public const string AppSlug = "healer";
    public const int InstallationId = 77;

    /// <summary>Login → `admin`, `write`, `read`.</summary>
    public Dictionary<string, string> Collaborators { get; } = new(StringComparer.OrdinalIgnoreCase) { ["kintsugi-bot"] = "write" };

    /// <summary>Whether the repository's plan has draft pull requests.</summary>
    public bool HasDrafts { get; set; } = true;

    /// <summary>Tokens that were handed out to the App so far.</summary>
    public int InstallationTokens => Do(() => _installations);

    public static async Task<StrictGitHub> StartAsync(CancellationToken cancellationToken, string repository = "ann/agent", TimeProvider? clock = null)
    {
        var forge = new StrictGitHub(repository, clock ?? TimeProvider.System);
        forge.AddToken(Token, new StrictUser("kintsugi-bot"));
        await forge.ListenAsync(cancellationToken);
        return forge;
    }

    /// <param name="expires">Null for never.</param>
    /// <param name="without">What it may not write: `checks`, `contents`, `issues`, `pulls`, `statuses`.</param>
    public void AddToken(string token, StrictUser user, DateTimeOffset? expires = null, params string[] without) =>
        _tokens[token] = new StrictToken(user, expires, without);

    /// <summary>Takes tokens back before their time.</summary>
    public void Revoke(string prefix) => Do(() =>
    {
        foreach (var token in _tokens.Keys.Where(token => token.StartsWith(prefix, StringComparison.Ordinal)).ToList()) _tokens.Remove(token);
        return true;
    });

    /// <summary>Installs an App that signs with this key.</summary>
    public void AddApp(long id, RSA key) => (_appId, _appKey) = (id, key);

    protected override StrictAnswer Error(int status, string message, object? errors = null) =>
        new(status, errors is null ? new { message, documentation_url = "https://docs.github.com/rest", status = status.ToString(CultureInfo.InvariantCulture) } : new { message, errors, documentation_url = "https://docs.github.com/rest" });

    protected override void Authorize(StrictCall call)
    {
        var given = call.Request.Headers.Authorization.ToString();
        given = given[(given.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        var path = call.Request.Path.Value!;
        if (path == "/app" || path.StartsWith("/app/", StringComparison.Ordinal) || path.EndsWith("/installation", StringComparison.Ordinal))
        {
            if (!IsApp(given)) throw Refused(401, "A JSON web token could not be decoded");
            return;
        }
        if (path.StartsWith("/_logs/", StringComparison.Ordinal))
        {
            if (given.Length > 0) throw Refused(400, "The place of logs was sent a token");
            return;
        }
        if (!_tokens.TryGetValue(given, out var token) || token.Expires <= Clock.GetUtcNow()) throw Refused(401, "Bad credentials");
        call.User = token.User;
        if (call.Request.Headers.UserAgent.Count == 0) throw Refused(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header");
        if (call.Request.Method != "GET" && token.Without.Any(area => Area(path) == area)) throw Refused(403, "Resource not accessible by integration");
        if (Area(path) == "checks" && call.Request.Method != "GET" && token.User.Kind != "Bot" && !LetsUsersCheck) throw Refused(403, "You must authenticate via a GitHub App.");
    }

    /// <summary>GitHub does not; here it saves every test an App.</summary>
    public bool LetsUsersCheck { get; set; } = true;

    private static string Area(string path) =>
        path.Contains("/git/", StringComparison.Ordinal) ? "contents"
        : path.Contains("/check-runs", StringComparison.Ordinal) ? "checks"
        : path.Contains("/statuses/", StringComparison.Ordinal) ? "statuses"
        : path.Contains("/pulls", StringComparison.Ordinal) ? "pulls" : "issues";

    private bool IsApp(string token)
    {
        if (_appKey is null || token.Split('.') is not [var head, var claims, var signature]) return false;
        if (!_appKey.VerifyData(Encoding.ASCII.GetBytes($"{head}.{claims}"), System.Buffers.Text.Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)) return false;
        var said = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(claims))!;
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        return (string)said["iss"]! == _appId.ToString(CultureInfo.InvariantCulture) && (long)said["iat"]! <= now && (long)said["exp"]! > now && (long)said["exp"]! <= now + 600;
    }

    private static StrictError Refused(StrictAnswer answer) => new(answer);

    private StrictError Refused(int status, string message, object? errors = null) => Refused(Error(status, message, errors));

    private StrictError Invalid(string resource, string message) => Refused(422, "Validation Failed", new[] { new { resource, code = "custom", message } });

    private string Repo(string rest) => $"/repos/{Repository}{rest}";

    private string Now() => Clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static object Shown(StrictUser user) => new { login = user.Login, id = user.Id, node_id = "U", type = user.Kind, site_admin = false };

    private sealed record StrictToken(StrictUser User, DateTimeOffset? Expires, params string[] Without);
}
