using System.Text;

namespace Kintsugi.Sandbox.Git;

public sealed partial class GitRepository
{
    private const int MostDiffBytes = 1 << 20;
    private const string Submodule = "160000";

    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>All files of a tree, of its directories too, in git's order.</summary>
    /// <exception cref="GitException">There is no such tree, or a name in it is not UTF-8.</exception>
    public async Task<IReadOnlyList<TreeFile>> ListAsync(string tree, CancellationToken cancellationToken)
    {
        if (_lastListing is { } last && last.Tree == tree) return last.Files;
        var files = GitFormat.Tree((await OwnAsync(["ls-tree", "-r", "-z", "--full-tree", GitFormat.Id(tree)], cancellationToken)).Output);
        _lastListing = new Listing(tree, files);
        return files;
    }

    /// <summary>A file's bytes as they are in the repository: no filter, no line ending converted.</summary>
    /// <exception cref="GitException">There is no such blob.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadBlobAsync(string blob, CancellationToken cancellationToken) =>
        await _objects.ReadAsync(blob, "blob", cancellationToken);

    /// <summary>The files that differ, renames found.</summary>
    public async Task<IReadOnlyList<ChangedFile>> DiffAsync(string oldTree, string newTree, CancellationToken cancellationToken) =>
        GitFormat.Changes((await OwnAsync(
            ["diff-tree", "-r", "-z", "-M", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv", GitFormat.Id(oldTree), GitFormat.Id(newTree)],
            cancellationToken)).Output);

    /// <summary>The difference as people read it; what goes beyond 1 MiB is cut, and its last line says so.</summary>
    public async Task<string> DiffTextAsync(string oldTree, string newTree, CancellationToken cancellationToken)
    {
        var output = await GitProgram.RunAsync(
            [.. _own, "diff-tree", "-r", "-p", "-M", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", GitFormat.Id(oldTree), GitFormat.Id(newTree)],
            [], ReadOnlyMemory<byte>.Empty, MostDiffBytes, cancellationToken);
        if (output is { Code: not 0, Cut: false })
            throw Failed("diff-tree", output);
        var text = Encoding.UTF8.GetString(output.Output);
        return output.Cut ? text + "\n[cut at 1 MiB]\n" : text;
    }

    /// <summary>Makes a tree from another by edits, in order. Its objects stay with us until <see cref="CommitAsync"/>.</summary>
    /// <returns>The new tree's id.</returns>
    /// <exception cref="GitException">A path leaves the tree or names .git, or a mode is not a file's, a link's or a submodule's.</exception>
    public async Task<string> WriteTreeAsync(string fromTree, IReadOnlyList<TreeEdit> edits, CancellationToken cancellationToken)
    {
        foreach (var edit in edits)
        {
            ThrowIfUnsafe(edit.Path);
            if (edit is { Content: not null, Mode: not ("100644" or "100755" or "120000" or Submodule) })
                throw new GitException($"'{edit.Path}' cannot be given mode {edit.Mode}: only files, symbolic links and submodules can be written.");
        }

        var index = NewFile("index");
        string[] variables = [$"GIT_INDEX_FILE={index}"];
        try
        {
            await CheckedAsync([.. _own, "read-tree", GitFormat.Id(fromTree)], variables, cancellationToken);
            if (edits.Count > 0)
            {
                var entries = await EntriesAsync(fromTree, edits, cancellationToken);
                await CheckedAsync([.. _own, "update-index", "--add", "--replace", "-z", "--index-info"], variables, Encoding.UTF8.GetBytes(entries), cancellationToken);
            }

            return (await CheckedAsync([.. _own, "write-tree", "--missing-ok"], variables, cancellationToken)).Line;
        }
        finally
        {
            File.Delete(index);
        }
    }

    /// <summary>Writes a tree's files into a directory, byte for byte, as a layer for a sandbox to show.</summary>
    /// <param name="tree">A tree's id, or a commit's.</param>
    /// <param name="directory">Made if need be; must hold nothing yet.</param>
    /// <param name="shown">Which paths are laid out.</param>
    /// <remarks>Links are made last, so that none is ever followed. Submodules become empty directories.</remarks>
    /// <exception cref="GitException">A path leaves the directory, or stands twice in the tree.</exception>
    public Task LayOutAsync(string tree, string directory, Func<string, bool> shown, CancellationToken cancellationToken) =>
        LayOutAsync(tree, directory, shown, _ => false, cancellationToken);

    /// <summary>The same, with a whiteout for each of the tree's files that lower layers hold and nobody is to see.</summary>
    /// <exception cref="GitException">A path leaves the directory.</exception>
    public async Task LayOutAsync(string tree, string directory, Func<string, bool> shown, Func<string, bool> hidden, CancellationToken cancellationToken)
    {
        var files = await ListAsync(tree, cancellationToken);
        await WriteLayerAsync([.. files.Where(file => shown(file.Path))], [.. files.Select(file => file.Path).Where(hidden)], directory, cancellationToken);
    }

    /// <summary>Writes what differs between two trees as a layer to lie above the first: files that are new or other, and whiteouts for what is gone.</summary>
    /// <exception cref="GitException">A path leaves the directory.</exception>
    public async Task LayOutChangesAsync(string fromTree, string tree, string directory, Func<string, bool> shown, CancellationToken cancellationToken)
    {
        List<TreeFile> before = [.. (await ListAsync(fromTree, cancellationToken)).Where(file => shown(file.Path))];
        List<TreeFile> after = [.. (await ListAsync(tree, cancellationToken)).Where(file => shown(file.Path))];
        var changed = after.Except(before).ToList();
        var there = after.SelectMany(file => Prefixes(file.Path)).ToHashSet(StringComparer.Ordinal);

        // The topmost name that is gone: a directory of which nothing is left must not stay behind empty.
        var gone = before.Select(file => Prefixes(file.Path).FirstOrDefault(path => !there.Contains(path))).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var replaced = after.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        gone.RemoveWhere(path => Prefixes(path).Any(replaced.Contains)); // a file in a directory's place hides it by itself
        await WriteLayerAsync(changed, gone, directory, cancellationToken);
    }

    private async Task WriteLayerAsync(IReadOnlyList<TreeFile> files, IReadOnlyCollection<string> gone, string directory, CancellationToken cancellationToken)
    {
        foreach (var path in files.Select(file => file.Path).Concat(gone))
            ThrowIfUnsafe(path);
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
            throw new GitException($"'{directory}' is not empty: lay a tree out in a new directory.");

        var made = new HashSet<string>(StringComparer.Ordinal);
        MakeDirectory(directory, made);
        foreach (var file in files.OrderBy(file => file.Mode == "120000"))
        {
            await LayOutAsync(file.Path, async () =>
            {
                MakeDirectories(directory, file.Mode == Submodule ? file.Path + "/" : file.Path, made);
                if (file.Mode != Submodule)
                    WriteFile(Path.Combine(directory, file.Path), file.Mode, await _objects.ReadAsync(file.Blob, "blob", cancellationToken));
            });
        }

        foreach (var path in gone)
        {
            await LayOutAsync(path, () =>
            {
                MakeDirectories(directory, path, made);
                Whiteouts.Make(Path.Combine(directory, path));
                return Task.CompletedTask;
            });
        }
    }

    private static async Task LayOutAsync(string path, Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new GitException($"'{path}' cannot be laid out: {error.Message}");
        }
    }

    /// <summary>The directories on the way to a path, from the top, then the path itself.</summary>
    private static IEnumerable<string> Prefixes(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
        yield return path;
    }

    private static void WriteFile(string path, string mode, byte[] content)
    {
        if (mode == "120000")
        {
            File.CreateSymbolicLink(path, Encoding.UTF8.GetString(content));
        }
        else
        {
            using var stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = mode == "100755" ? Executable : Plain,
            });
            stream.Write(content);
        }

        SandboxUser.Give(path);
    }

    private static void MakeDirectories(string directory, string path, HashSet<string> made)
    {
        foreach (var parent in Prefixes(path).SkipLast(1))
            MakeDirectory(Path.Combine(directory, parent), made);
    }

    private static void MakeDirectory(string path, HashSet<string> made)
    {
        if (!made.Add(path))
            return;
        Directory.CreateDirectory(path, Scratch.Readable);
        SandboxUser.Give(path);
    }

    /// <summary>The lines for `update-index --index-info`; contents go through one `hash-object`, from files, since its input has no frame.</summary>
    private async Task<string> EntriesAsync(string fromTree, IReadOnlyList<TreeEdit> edits, CancellationToken cancellationToken)
    {
        var contents = NewFile("contents");
        Directory.CreateDirectory(contents);
        try
        {
            var names = new StringBuilder();
            for (var i = 0; i < edits.Count; i++)
            {
                if (edits[i].Content is not { } content || edits[i].Mode == Submodule)
                    continue;
                var name = Path.Combine(contents, i.ToString(System.Globalization.CultureInfo.InvariantCulture));
                await File.WriteAllBytesAsync(name, content, cancellationToken);
                names.Append(name).Append('\n');
            }

            var hashed = await CheckedAsync(
                [.. _own, "hash-object", "-w", "--no-filters", "--stdin-paths"], [], Encoding.UTF8.GetBytes(names.ToString()), cancellationToken);
            var ids = new Queue<string>(hashed.Line.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            var none = new string('0', fromTree.Length);
            return string.Concat(edits.Select(edit => edit switch
            {
                { Content: null } => $"0 {none}\t{edit.Path}\0",
                { Mode: Submodule, Content: { } commit } => $"{Submodule} {GitFormat.Id(Encoding.ASCII.GetString(commit.Span))}\t{edit.Path}\0",
                _ => $"{edit.Mode} {ids.Dequeue()}\t{edit.Path}\0",
            }));
        }
        finally
        {
            Directory.Delete(contents, recursive: true);
        }
    }

    /// <summary>A tree is a stranger's: its paths may point out of it or into a repository's own files.</summary>
    private static void ThrowIfUnsafe(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)
            || path.Split('/').Any(part => part is "" or "." or ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase)))
            throw new GitException($"The path '{path}' is not one that a tree may hold: it is empty, leaves the tree or names .git.");
    }
}
