using System.Text;
using Kintsugi.Forge;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>The file of a version that says who looks after which files.</summary>
internal static class CodeOwnersFile
{
    private const int MostBytes = 3 << 20; // what GitHub reads

    /// <returns>Logins and teams without `@`; empty where there is no such file.</returns>
    public static async Task<IReadOnlyList<string>> OfAsync(GitRepository git, string tree, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var all = await git.ListAsync(tree, cancellationToken);
        if (files.Count == 0 || CodeOwners.Places.Select(place => all.FirstOrDefault(f => f.Path == place && f.Mode.StartsWith("100", StringComparison.Ordinal))).FirstOrDefault(f => f is not null) is not { } file) return [];
        var bytes = await git.ReadBlobAsync(file.Blob, cancellationToken);
        return bytes.Length > MostBytes ? [] : CodeOwners.Of(Encoding.UTF8.GetString(bytes.Span), files);
    }
}
