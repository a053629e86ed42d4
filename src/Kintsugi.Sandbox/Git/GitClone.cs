namespace Kintsugi.Sandbox.Git;

/// <summary>A clone of this product's own, whose work tree follows one branch of a remote: whatever else is in it is overwritten.</summary>
/// <remarks>So it says in its own settings whose it is, and nothing is touched where that is not said: a person's checkout holds work that is nowhere else.</remarks>
/// <param name="directory">Where it is, or is to be.</param>
/// <param name="remote">https, http, or a path of this machine; without credentials.</param>
public sealed class GitClone(string directory, Uri remote)
{
    private const string Mark = "kintsugi.clone";
    private const string Unfinished = ".git.kintsugi";

    // Named, so that git looks for a repository nowhere else, above all in no directory around this one.
    private readonly string[] _here = ["-C", directory, "--git-dir=.git", "--work-tree=."];

    /// <summary>Fetches the branch and lets the work tree be at its tip; the clone is made the first time.</summary>
    /// <param name="branch">Null for the one that the remote calls its own.</param>
    /// <param name="password">For the remote, as a forge's token is given; null for none. It is passed in git's environment, and kept nowhere.</param>
    /// <returns>The branch's name.</returns>
    /// <exception cref="GitException">The directory holds something else, the remote cannot be reached, or it has no such branch.</exception>
    public async Task<string> FollowAsync(string? branch, string? password, CancellationToken cancellationToken)
    {
        if (IsEmpty()) await MakeAsync(cancellationToken);
        else await ThrowIfNotOursAsync(cancellationToken);
        var name = branch ?? await DefaultAsync(password, cancellationToken);
        var reference = $"refs/heads/{name}";
        var form = await GitProgram.RunAsync(["check-ref-format", reference], [], ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
        if (form.Code != 0) throw new GitException($"'{name}' cannot be the name of a branch.");
        await ReachedAsync([.. _here, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "origin", $"+{reference}:refs/remotes/origin/{name}"], password, cancellationToken);
        await CheckedAsync([.. _here, "checkout", "--quiet", "--force", "-B", name, $"refs/remotes/origin/{name}"], cancellationToken);
        return name;
    }

    private string Address => remote.IsFile ? remote.LocalPath : remote.AbsoluteUri;

    private bool IsEmpty() => !Directory.Exists(directory) || Directory.EnumerateFileSystemEntries(directory).All(entry => Path.GetFileName(entry) == Unfinished);

    /// <summary>It has its name only once it says whose it is: what a killed process leaves is made anew.</summary>
    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        var making = Path.Combine(Directory.CreateDirectory(directory).FullName, Unfinished);
        if (Directory.Exists(making)) Directory.Delete(making, recursive: true);
        await CheckedAsync(["init", "--quiet", "--bare", "--template=", "--initial-branch=kintsugi-none", "--", making], cancellationToken);
        foreach (var (key, value) in new[] { ("core.bare", "false"), ("remote.origin.url", Address), (Mark, "true") }) await CheckedAsync([$"--git-dir={making}", "config", key, value], cancellationToken);
        Directory.Move(making, Path.Combine(directory, ".git"));
    }

    private async Task ThrowIfNotOursAsync(CancellationToken cancellationToken)
    {
        var git = new DirectoryInfo(Path.Combine(directory, ".git"));
        if (!git.Exists || git.LinkTarget is not null || await SettingAsync(Mark, cancellationToken) != "true") // a worktree's and a submodule's .git is a file
            throw new GitException($"'{directory}' holds something that is not a clone of ours, and its files would be overwritten. Name another directory: an empty one, or one that is not there yet.");
        if (await SettingAsync("remote.origin.url", cancellationToken) is var other && other != Address)
            throw new GitException($"'{directory}' is a clone of {GitFormat.WithoutCredentials(other ?? "nothing")}, not of {Shown}. Name another directory.");
    }

    /// <returns>Null where it is not set, or where there is no repository.</returns>
    private async Task<string?> SettingAsync(string key, CancellationToken cancellationToken)
    {
        var output = await GitProgram.RunAsync([.. _here, "config", "--local", "--get", key], [], ReadOnlyMemory<byte>.Empty, 1 << 16, cancellationToken);
        return output.Code == 0 ? output.Line : null;
    }

    /// <summary>What HEAD of the remote points to.</summary>
    private async Task<string> DefaultAsync(string? password, CancellationToken cancellationToken)
    {
        const string Head = "ref: refs/heads/";
        var answer = await ReachedAsync([.. _here, "ls-remote", "--symref", "origin", "HEAD"], password, cancellationToken);
        return answer.Line.Split('\n')[0].Split('\t')[0] is var line && line.StartsWith(Head, StringComparison.Ordinal)
            ? line[Head.Length..]
            : throw new GitException($"{Shown} does not say which branch is its own. Say `review: {{ base: main }}` in kintsugi.yaml, or --branch.");
    }

    private string Shown => GitFormat.WithoutCredentials(Address);

    private async Task<GitOutput> ReachedAsync(IReadOnlyList<string> arguments, string? password, CancellationToken cancellationToken)
    {
        var secret = new SentSecret(password?.Trim() ?? "");
        string[] variables = password is null ? [] : ["GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.extraHeader", $"GIT_CONFIG_VALUE_0=Authorization: Basic {secret.Basic}"];
        var output = await GitProgram.ReachAsync(arguments, variables, cancellationToken);
        return output.Code == 0 ? output : throw new GitException($"{Shown} cannot be fetched: {secret.Blot(output.Error)} Check the address and, if it is private, the token.");
    }

    private static async Task CheckedAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var output = await GitProgram.RunAsync(arguments, [], ReadOnlyMemory<byte>.Empty, 1 << 20, cancellationToken);
        if (output.Code != 0) throw new GitException($"git failed on a clone of our own: {output.Error} Remove the clone; it is made anew.");
    }
}
