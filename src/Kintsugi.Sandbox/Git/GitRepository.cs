using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kintsugi.Sandbox.Git;

/// <summary>A repository of the user's, read and added to without ever touching work tree, index or HEAD.</summary>
/// <remarks>
/// All but names and the final commit happens in a bare repository of our own that borrows the user's objects: no setting of the user's
/// repository, which hostile code may have written, has a say, and objects made on the way never reach it.
/// </remarks>
public sealed partial class GitRepository : IAsyncDisposable
{
    private const int MostListBytes = 64 << 20;

    private static readonly Version Needed = new(2, 38);

    private readonly IReadOnlyList<string> _users;
    private readonly IReadOnlyList<string> _own;
    private readonly string _ownDirectory;
    private readonly string _gitDirectory;
    private readonly ObjectReader _objects;
    private Listing? _lastListing;
    private int _files;

    private GitRepository(string topLevel, string prefix, string gitDirectory, string ownDirectory)
    {
        TopLevel = topLevel;
        Prefix = prefix;
        _gitDirectory = gitDirectory;
        _ownDirectory = ownDirectory;
        _users = ["-C", topLevel];
        _own = ["-C", ownDirectory, "--git-dir=."];
        _objects = new ObjectReader(_own);
    }

    /// <summary>Absolute path of the work tree, links resolved.</summary>
    public string TopLevel { get; }

    /// <summary>The directory that was opened, relative to <see cref="TopLevel"/>, parted by '/', without one at the end; empty for the top.</summary>
    public string Prefix { get; }

    /// <summary>Whether history was cut off when it was cloned: that two commits are not related says nothing then.</summary>
    public bool IsShallow => File.Exists(Path.Combine(_ownDirectory, "shallow"));

    /// <param name="directory">Any directory of a work tree.</param>
    /// <param name="scratchDirectory">Where our own objects and indexes go; must outlive this.</param>
    /// <exception cref="GitException">It is no repository, a bare one, or one without a commit; or git is too old.</exception>
    public static async Task<GitRepository> OpenAsync(string directory, string scratchDirectory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory))
            throw new GitException($"'{directory}' is not a directory.");
        await ThrowIfTooOldAsync(cancellationToken);

        async Task<string?> Ask(params string[] what)
        {
            var output = await GitProgram.RunAsync(["-C", directory, "rev-parse", .. what], [], ReadOnlyMemory<byte>.Empty, 1 << 20, cancellationToken);
            return output.Code == 0 ? output.Line : null;
        }

        // Paths can hold line breaks, so what may is asked for by itself, or refused.
        var places = await Ask("--show-object-format", "--path-format=absolute", "--git-path", "objects", "--git-path", "shallow", "--absolute-git-dir")
            ?? throw new GitException($"'{directory}' is not in a git repository, or in a bare one: run `git init` and commit, or name a directory of a work tree.");
        var top = await Ask("--show-toplevel")
            ?? throw new GitException($"'{directory}' is in a bare repository or inside a .git directory: name a directory of a work tree.");
        if (await Ask("--verify", "--quiet", "HEAD^{commit}") is null)
            throw new GitException($"The repository {top} has no commit yet, or its HEAD is broken: commit the agent first.");
        if (places.Split('\n') is not [var format, var objects, var shallow, var gitDirectory])
            throw new GitException($"The path of the repository {top} holds a line break: move it.");
        var prefix = (await Ask("--show-prefix") ?? "").TrimEnd('/');

        var own = Path.Combine(scratchDirectory, $"git-{Guid.NewGuid():N}");
        await CheckedAsync(["init", "--quiet", "--bare", $"--object-format={format}", "--template=", "--", own], [], cancellationToken);
        Directory.CreateDirectory(Path.Combine(own, "objects", "info"));
        await File.WriteAllTextAsync(Path.Combine(own, "objects", "info", "alternates"), objects + "\n", cancellationToken);
        if (File.Exists(shallow))
            File.Copy(shallow, Path.Combine(own, "shallow"));
        return new GitRepository(top, prefix, gitDirectory, own);
    }

    /// <param name="revision">Anything that names a commit: branch, tag, id, `HEAD~2`.</param>
    /// <exception cref="GitException">It names none; the message says which.</exception>
    public async Task<Commit> ResolveAsync(string revision, CancellationToken cancellationToken) =>
        await TryResolveAsync(revision, cancellationToken)
        ?? throw new GitException($"'{revision}' names no commit of {TopLevel}: check the spelling, or fetch it (in a shallow clone: `git fetch --unshallow`).");

    /// <returns>Null if the revision names no commit.</returns>
    public async Task<Commit?> TryResolveAsync(string revision, CancellationToken cancellationToken)
    {
        if (revision.Length == 0 || revision.Contains('\0', StringComparison.Ordinal))
            return null;
        var output = await GitProgram.RunAsync(
            [.. _users, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"], [], ReadOnlyMemory<byte>.Empty, 1 << 16, cancellationToken);
        return output.Code == 0 ? await CommitOfAsync(output.Line, cancellationToken) : null;
    }

    /// <summary>The address of `origin` without credentials; null where there is none.</summary>
    public async Task<string?> OriginAsync(CancellationToken cancellationToken)
    {
        var origin = await GitProgram.RunAsync(
            [.. _users, "config", "--null", "--get", "remote.origin.url"], [], ReadOnlyMemory<byte>.Empty, 1 << 16, cancellationToken);
        return origin.Code == 0 ? GitFormat.WithoutCredentials(Encoding.UTF8.GetString(origin.Output).TrimEnd('\0')) : null;
    }

    /// <summary>What the repository is called wherever it is cloned: host and path of `origin` however that is spelled, else the id of its first commit.</summary>
    public async Task<string> FingerprintOfRemoteAsync(CancellationToken cancellationToken)
    {
        if (await OriginAsync(cancellationToken) is { } origin) return GitFormat.NameOfRemote(origin);
        var head = await ResolveAsync("HEAD", cancellationToken);
        return (await OwnAsync(["rev-list", "--first-parent", "--max-parents=0", head.Id], cancellationToken)).Line.Split('\n')[^1];
    }

    /// <summary>Whether a revision is in the history of another; false also where this clone knows only one of them.</summary>
    public async Task<bool> IsKnownAncestorAsync(string ancestor, string descendant, CancellationToken cancellationToken) =>
        await TryResolveAsync(ancestor, cancellationToken) is { } one && await TryResolveAsync(descendant, cancellationToken) is { } other && await IsAncestorAsync(one.Id, other.Id, cancellationToken);

    public async Task<bool> IsAncestorAsync(string ancestor, string descendant, CancellationToken cancellationToken)
    {
        var output = await TryOwnAsync(["merge-base", "--is-ancestor", GitFormat.Id(ancestor), GitFormat.Id(descendant)], cancellationToken);
        return output.Code is 0 or 1 ? output.Code == 0 : throw Failed("merge-base", output);
    }

    /// <returns>Null if the two share no history, or none that a shallow clone knows.</returns>
    public async Task<string?> MergeBaseAsync(string a, string b, CancellationToken cancellationToken)
    {
        var output = await TryOwnAsync(["merge-base", GitFormat.Id(a), GitFormat.Id(b)], cancellationToken);
        return output.Code switch { 0 => output.Line, 1 => null, _ => throw Failed("merge-base", output) };
    }

    /// <summary>The commits after <paramref name="baseCommit"/> up to <paramref name="head"/> along first parents that touch any of the paths, oldest first.</summary>
    /// <param name="paths">Files and directories, taken literally; none for all commits.</param>
    public async Task<IReadOnlyList<Commit>> FirstParentAsync(
        string baseCommit, string head, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var output = await OwnAsync(
            ["rev-list", "--first-parent", "--reverse", GitFormat.Id(head), "^" + GitFormat.Id(baseCommit), "--", .. paths], cancellationToken);
        var commits = new List<Commit>();
        foreach (var id in output.Line.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            commits.Add(await CommitOfAsync(id, cancellationToken));
        return commits;
    }

    /// <summary>One value of the user's own configuration (`user.name`), or null.</summary>
    /// <exception cref="GitException">The key is not one.</exception>
    public async Task<string?> ConfigAsync(string key, CancellationToken cancellationToken)
    {
        if (!KeyPattern().IsMatch(key))
            throw new GitException($"'{key}' is not a configuration key.");
        var output = await GitProgram.ReadUserConfigAsync(TopLevel, key, cancellationToken);
        return output.Code == 0 ? Encoding.UTF8.GetString(output.Output).TrimEnd('\0') : null;
    }

    /// <summary>Whether anything at or below a path of the work tree differs from HEAD: changed, staged, or new and not ignored.</summary>
    /// <param name="path">Relative to <see cref="TopLevel"/>; empty for all of it.</param>
    /// <remarks>
    /// Runs on a copy of the index without the user's filters, so a file that only a filter would call unchanged (and that was touched since
    /// git last looked) counts as changed. Submodules are left out.
    /// </remarks>
    public async Task<bool> HasUncommittedChangesAsync(string path, CancellationToken cancellationToken)
    {
        var head = await ResolveAsync("HEAD", cancellationToken);
        var index = NewFile("index");
        var usersIndex = Path.Combine(_gitDirectory, "index");
        if (File.Exists(usersIndex))
            File.Copy(usersIndex, index);
        string[] variables = [$"GIT_INDEX_FILE={index}"];
        IReadOnlyList<string> tree = ["-C", TopLevel, $"--git-dir={_ownDirectory}", $"--work-tree={TopLevel}", "-c", "core.bare=false", "-c", "core.symlinks=true"];
        string[] paths = ["--", path.Length == 0 ? "." : path];
        try
        {
            await GitProgram.RunAsync([.. tree, "update-index", "-q", "--refresh"], variables, ReadOnlyMemory<byte>.Empty, 1 << 20, cancellationToken);
            foreach (var question in (string[][])[["diff-index", "--cached", "--quiet", "--ignore-submodules=all", head.Id], ["diff-files", "--quiet", "--ignore-submodules=all"]])
            {
                var output = await GitProgram.RunAsync([.. tree, .. question, .. paths], variables, ReadOnlyMemory<byte>.Empty, 1 << 20, cancellationToken);
                if (output.Code is not (0 or 1))
                    throw Failed(question[0], output);
                if (output.Code == 1)
                    return true;
            }

            var exclude = Path.Combine(_gitDirectory, "info", "exclude");
            string[] ignored = File.Exists(exclude) ? [$"--exclude-from={exclude}"] : [];
            var others = await GitProgram.RunAsync(
                [.. tree, "ls-files", "--others", "--exclude-standard", .. ignored, .. paths], variables, ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
            return others.Output.Length > 0;
        }
        finally
        {
            File.Delete(index);
        }
    }

    public ValueTask DisposeAsync() => _objects.DisposeAsync();

    private async Task<Commit> CommitOfAsync(string id, CancellationToken cancellationToken) =>
        GitFormat.Commit(id, await _objects.ReadAsync(id, "commit", cancellationToken));

    private string NewFile(string name) =>
        Path.Combine(_ownDirectory, string.Create(CultureInfo.InvariantCulture, $"{name}-{Interlocked.Increment(ref _files)}"));

    private async Task<GitOutput> OwnAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        await CheckedAsync([.. _own, .. arguments], [], cancellationToken);

    private Task<GitOutput> TryOwnAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        GitProgram.RunAsync([.. _own, .. arguments], [], ReadOnlyMemory<byte>.Empty, MostListBytes, cancellationToken);

    private static Task<GitOutput> CheckedAsync(IReadOnlyList<string> arguments, IReadOnlyList<string> variables, CancellationToken cancellationToken) =>
        CheckedAsync(arguments, variables, ReadOnlyMemory<byte>.Empty, cancellationToken);

    private static async Task<GitOutput> CheckedAsync(
        IReadOnlyList<string> arguments, IReadOnlyList<string> variables, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var output = await GitProgram.RunAsync(arguments, variables, input, MostListBytes, cancellationToken);
        if (output.Cut)
            throw new GitException($"git {Verb(arguments)} printed more than {MostListBytes >> 20} MiB: the repository is too large for this.");
        return output.Code == 0 ? output : throw Failed(Verb(arguments), output);
    }

    private static string Verb(IReadOnlyList<string> arguments)
    {
        var i = 0;
        while (i < arguments.Count && arguments[i].StartsWith('-'))
            i += arguments[i] is "-C" or "-c" ? 2 : 1;
        return i < arguments.Count ? arguments[i] : "";
    }

    /// <summary>A disk that is full is the world's failure, and not a use of git that can be put right.</summary>
    private static Exception Failed(string verb, GitOutput output)
    {
        var words = $"git {verb} failed: {(output.Error.Length > 0 ? output.Error : $"exit code {output.Code.ToString(CultureInfo.InvariantCulture)}")}";
        return NoPlacePattern().IsMatch(output.Error) ? new IOException($"{words} Free disk space, then run again.") : new GitException(words);
    }

    [GeneratedRegex("No space left on device|couldn't write |unable to write |Disk quota exceeded|Read-only file system|Input/output error")]
    private static partial Regex NoPlacePattern();

    private static async Task ThrowIfTooOldAsync(CancellationToken cancellationToken)
    {
        var output = await GitProgram.RunAsync(["version"], [], ReadOnlyMemory<byte>.Empty, 4096, cancellationToken);
        if (VersionPattern().Match(output.Line) is not { Success: true } match || Version.Parse(match.Value) < Needed)
            throw new GitException($"'{output.Line}' is too old: install git {Needed} or later.");
    }

    /// <summary>The files of one tree, whose id names them for good.</summary>
    private sealed record Listing(string Tree, IReadOnlyList<TreeFile> Files);

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9-]*(\\.[A-Za-z0-9-]+)+$")]
    private static partial Regex KeyPattern();

    [GeneratedRegex("[0-9]+\\.[0-9]+")]
    private static partial Regex VersionPattern();
}
