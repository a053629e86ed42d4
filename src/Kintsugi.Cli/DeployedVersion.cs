using System.Text.RegularExpressions;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Cli;

/// <summary>Which commit a service means by the version that it says of itself.</summary>
internal static partial class DeployedVersion
{
    /// <returns>The commit whose tag it is, with or without the usual `v`, or whose id; null for neither.</returns>
    public static async Task<Commit?> CommitAsync(GitRepository git, string version, CancellationToken cancellationToken)
    {
        if (!Tag().IsMatch(version) || version.Contains("..", StringComparison.Ordinal)) return null;
        string[] names = [$"refs/tags/{version}", $"refs/tags/v{version}", .. CommitId().IsMatch(version) ? [version] : Array.Empty<string>()];
        foreach (var name in names)
            if (await git.TryResolveAsync(name, cancellationToken) is { } commit) return commit;
        return null;
    }

    [GeneratedRegex(@"^[0-9A-Za-z][0-9A-Za-z._+-]{0,99}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();

    [GeneratedRegex(@"^[0-9a-f]{7,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex CommitId();
}
