using Kintsugi.Cli.Verbs;
using Kintsugi.Forge;

namespace Kintsugi.Cli;

/// <summary>Where a CI job says what it found: the forge, when it was given a token, and the job's summary.</summary>
/// <param name="Summary">File of the job's summary; null for none.</param>
internal sealed record CiPlace(IRemoteForge? Forge, string? Summary) : IDisposable
{
    /// <param name="environment">The job's variables.</param>
    /// <exception cref="UsageException">The address of the API is none.</exception>
    public static CiPlace Of(Func<string, string?> environment, TimeProvider clock)
    {
        var (repository, token, api) = (environment("GITHUB_REPOSITORY"), environment("GITHUB_TOKEN"), environment("GITHUB_API_URL"));
        var root = ForgeReview.GitHub;
        if (!string.IsNullOrEmpty(api) && !Uri.TryCreate(api, UriKind.Absolute, out root)) throw new UsageException("GITHUB_API_URL is no address.");
        var forge = string.IsNullOrEmpty(repository) || string.IsNullOrEmpty(token) ? null : Forges.Open(new ForgeSettings(ForgeKind.GitHub, root, repository, new TokenCredentials(token)), clock);
        return new CiPlace(forge, environment("GITHUB_STEP_SUMMARY") is { Length: > 0 } file ? file : null);
    }

    /// <param name="markdown">Disarmed.</param>
    public async Task SummarizeAsync(string markdown, CancellationToken cancellationToken)
    {
        if (Summary is not null) await File.AppendAllTextAsync(Summary, markdown + "\n", cancellationToken);
    }

    public void Dispose() => Forge?.Dispose();
}
