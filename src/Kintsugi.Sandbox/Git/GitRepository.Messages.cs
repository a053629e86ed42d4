using System.Text;
using System.Text.RegularExpressions;

namespace Kintsugi.Sandbox.Git;

public sealed partial class GitRepository
{
    /// <summary>A commit's whole message, subject and trailers too: a stranger's words.</summary>
    /// <exception cref="GitException">There is no such commit.</exception>
    public async Task<string> MessageAsync(string commit, CancellationToken cancellationToken) => (await PartsAsync(commit, cancellationToken)).Message;

    /// <summary>Mail of who put a commit where it is, who need not be its author; a stranger's word. Null where the commit names none.</summary>
    /// <exception cref="GitException">There is no such commit.</exception>
    public async Task<string?> CommitterAsync(string commit, CancellationToken cancellationToken) =>
        Committer().Match((await PartsAsync(commit, cancellationToken)).Head) is { Success: true } match ? match.Groups[1].Value : null;

    private async Task<(string Head, string Message)> PartsAsync(string commit, CancellationToken cancellationToken)
    {
        var text = Encoding.UTF8.GetString(await _objects.ReadAsync(commit, "commit", cancellationToken));
        var headEnd = text.IndexOf("\n\n", StringComparison.Ordinal);
        return headEnd < 0 ? (text, "") : (text[..headEnd], text[(headEnd + 2)..]);
    }

    [GeneratedRegex("^committer [^<\n]*<([^>\n]*)>", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Committer();
}
