using System.Text;

namespace Kintsugi.Sandbox.Git;

/// <summary>A clone of this product's own, whose work tree follows one branch of a remote: whatever else is in it is overwritten.</summary>
/// <param name="directory">Where it is, or is to be.</param>
/// <param name="remote">https, http, or a path of this machine.</param>
public sealed class GitClone(string directory, Uri remote)
{
    /// <summary>Fetches the branch and lets the work tree be at its tip; the clone is made the first time.</summary>
    /// <param name="branch">Null for the one that the remote calls its own.</param>
    /// <param name="password">For the remote, as a forge's token is given; null for none. It is passed in git's environment, and kept nowhere.</param>
    /// <returns>The branch's name.</returns>
    /// <exception cref="GitException">The remote cannot be reached, or has no such branch.</exception>
    public async Task<string> FollowAsync(string? branch, string? password, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Path.Combine(directory, ".git"))) await MakeAsync(cancellationToken);
        var name = branch ?? await DefaultAsync(password, cancellationToken);
        var reference = $"refs/heads/{name}";
        var form = await GitProgram.RunAsync(["check-ref-format", reference], [], ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
        if (form.Code != 0) throw new GitException($"'{name}' cannot be the name of a branch.");
        await ReachedAsync(["-C", directory, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "origin", $"+{reference}:refs/remotes/origin/{name}"], password, cancellationToken);
        await CheckedAsync(["-C", directory, "checkout", "--quiet", "--force", "-B", name, $"refs/remotes/origin/{name}"], cancellationToken);
        return name;
    }

    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        await CheckedAsync(["init", "--quiet", "--template=", "--initial-branch=kintsugi-none", "--", directory], cancellationToken);
        await CheckedAsync(["-C", directory, "config", "remote.origin.url", remote.IsFile ? remote.LocalPath : remote.AbsoluteUri], cancellationToken);
    }

    /// <summary>What HEAD of the remote points to.</summary>
    private async Task<string> DefaultAsync(string? password, CancellationToken cancellationToken)
    {
        const string Head = "ref: refs/heads/";
        var answer = await ReachedAsync(["-C", directory, "ls-remote", "--symref", "origin", "HEAD"], password, cancellationToken);
        return answer.Line.Split('\n')[0].Split('\t')[0] is var line && line.StartsWith(Head, StringComparison.Ordinal)
            ? line[Head.Length..]
            : throw new GitException($"{Shown} does not say which branch is its own. Say `review: {{ base: main }}` in kintsugi.yaml, or --branch.");
    }

    private string Shown => GitFormat.WithoutCredentials(remote.IsFile ? remote.LocalPath : remote.AbsoluteUri);

    private async Task<GitOutput> ReachedAsync(IReadOnlyList<string> arguments, string? password, CancellationToken cancellationToken)
    {
        string[] variables = password is null
            ? []
            :
            [
                "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.extraHeader",
                $"GIT_CONFIG_VALUE_0=Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"x-access-token:{password}"))}",
            ];
        var output = await GitProgram.ReachAsync(arguments, variables, cancellationToken);
        return output.Code == 0 ? output : throw new GitException($"{Shown} cannot be fetched: {output.Error} Check the address and, if it is private, the token.");
    }

    private static async Task CheckedAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var output = await GitProgram.RunAsync(arguments, [], ReadOnlyMemory<byte>.Empty, 1 << 20, cancellationToken);
        if (output.Code != 0) throw new GitException($"git failed on a clone of our own: {output.Error} Remove the clone; it is made anew.");
    }
}
