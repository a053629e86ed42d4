using System.Text;

namespace Kintsugi.Sandbox.Git;

public sealed partial class GitRepository
{
    /// <summary>A commit's whole message, subject and trailers too: a stranger's words.</summary>
    /// <exception cref="GitException">There is no such commit.</exception>
    public async Task<string> MessageAsync(string commit, CancellationToken cancellationToken)
    {
        var text = Encoding.UTF8.GetString(await _objects.ReadAsync(commit, "commit", cancellationToken));
        var headEnd = text.IndexOf("\n\n", StringComparison.Ordinal);
        return headEnd < 0 ? "" : text[(headEnd + 2)..];
    }
}
