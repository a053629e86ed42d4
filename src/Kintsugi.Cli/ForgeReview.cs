using System.Globalization;
using System.Text.RegularExpressions;
using Kintsugi.Cli.Verbs;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Forge;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Cli;

/// <summary>Opens the forge that kintsugi.yaml names under `review`, with what a CI job knows of it by itself.</summary>
internal static partial class ForgeReview
{
    /// <summary>The API of github.com.</summary>
    public static readonly Uri GitHub = new("https://api.github.com/");
    private static readonly Uri GitLab = new("https://gitlab.com/api/v4/");

    /// <param name="origin">The address of the remote `origin`, without credentials; anything else where there is none.</param>
    /// <returns>Null where proposals are branches of the user's own repository.</returns>
    /// <exception cref="UsageException">The repository or the token is not known.</exception>
    public static ForgeSettings? Settings(ReviewDefinition review, string origin, Func<string, string?> environment)
    {
        if (review.To == "local") return null;
        var (kind, api, repository) = Where(review, origin, environment);
        return new ForgeSettings(
            kind, api,
            repository ?? throw new UsageException("it is not known which repository fixes are proposed to. Say `review: { repo: owner/name }` in kintsugi.yaml."),
            Credentials(review, kind));
    }

    /// <summary>What the repository is called whose pull requests are meant, wherever and however it was cloned: two jobs that name it differently would open two for one culprit.</summary>
    /// <returns>Host and path, in lower case; null where proposals are branches of the user's own repository, or where it is not known.</returns>
    public static string? Name(ReviewDefinition review, string origin, Func<string, string?> environment)
    {
        if (review.To == "local") return null;
        var (_, api, repository) = Where(review, origin, environment);
        var host = api.Host.StartsWith("api.", StringComparison.OrdinalIgnoreCase) ? api.Host[4..] : api.Host;
        return repository is null ? null : $"{host}/{repository}".ToLowerInvariant();
    }

    private static (ForgeKind Kind, Uri Api, string? Repository) Where(ReviewDefinition review, string origin, Func<string, string?> environment)
    {
        var kind = review.To == "github" ? ForgeKind.GitHub : ForgeKind.GitLab;
        var (inCi, api, repository) = kind == ForgeKind.GitHub
            ? (environment("GITHUB_ACTIONS") == "true", environment("GITHUB_API_URL"), environment("GITHUB_REPOSITORY"))
            : (environment("GITLAB_CI") == "true", environment("CI_API_V4_URL"), environment("CI_PROJECT_PATH"));
        return (
            kind,
            review.Api ?? (inCi && Uri.TryCreate(api, UriKind.Absolute, out var given) ? given : kind == ForgeKind.GitHub ? GitHub : GitLab),
            review.Repository ?? (inCi ? repository : null) ?? RepositoryOf(origin));
    }

    /// <summary>owner/name of an address such as `https://github.com/owner/name.git` or `github.com:owner/name`; null for what is none.</summary>
    public static string? RepositoryOf(string address) =>
        Address().Match(address) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Where the present CI job can be watched; null elsewhere.</summary>
    public static Uri? Run(Func<string, string?> environment)
    {
        var url = environment("GITHUB_ACTIONS") == "true" && long.TryParse(environment("GITHUB_RUN_ID"), NumberStyles.None, CultureInfo.InvariantCulture, out var run)
            ? $"{environment("GITHUB_SERVER_URL")}/{environment("GITHUB_REPOSITORY")}/actions/runs/{run}"
            : environment("CI_PIPELINE_URL");
        return Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? address : null;
    }

    public static ReviewPlace Place(ReviewDefinition review, IRemoteForge forge, Func<string, string?> environment) =>
        new(forge, forge, review.Base, review.Reviewers, review.Labels) { Run = Run(environment) };

    /// <summary>Asks for a pull request that nobody has made: the smallest question that tells whether the forge answers us.</summary>
    /// <exception cref="ForgeException">It does not.</exception>
    public static Task AskAsync(ReviewPlace place, string agent, CancellationToken cancellationToken) =>
        place.Conversation.ReadAsync(BranchNames.For(agent, new string('0', 12)), cancellationToken);

    private static ForgeCredentials Credentials(ReviewDefinition review, ForgeKind kind) => review switch
    {
        { App: { } app, Key: { } key } when kind == ForgeKind.GitHub => new AppCredentials(app, key, review.Installation),
        { Token: { } token } => new TokenCredentials(token),
        { Unset: [var name, ..] } => throw new UsageException($"fixes are proposed at a forge (`review.to: {review.To}`), and the environment variable {name} with its secret is not set. Set it, or say `to: local`."),
        _ => throw new UsageException($"fixes are proposed at a forge (`review.to: {review.To}`), and nothing says who does it. Write `token: ${{VARIABLE}}` under `review`{(kind == ForgeKind.GitHub ? ", or `app:` and `key:`" : "")}."),
    };

    [GeneratedRegex(@"^(?:https?://[^/]+/|ssh://[^/]+/|[^/:@]+:)((?:[A-Za-z0-9_.-]+/)+[A-Za-z0-9_.-]+?)(?:\.git)?/?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
