using System.Text;
using Kintsugi.Sandbox.Git;
using Kintsugi.Sandbox.Results;

namespace Kintsugi.Healing.Repair;

/// <summary>A version of the repository that somebody is changing: its files as git has them, and over them what was written so far.</summary>
/// <remarks>
/// It lies in git and in memory, never in a directory of the host that a writer could fill, link or name. Golden data, what scorers judge by and what kintsugi keeps are not in it.
/// Whether a file may be changed is said at once; whether the change as a whole may be tried, the gate says.
/// </remarks>
public sealed class CandidateFiles
{
    /// <summary>Of one file; what is larger is data.</summary>
    public const int LargestFile = 1 << 20;

    /// <summary>Files that can be written; the gate lets fewer through.</summary>
    private const int MostFiles = 200;

    /// <summary>Directories that tools leave behind; what is new in them is nobody's change.</summary>
    private static readonly HashSet<string> ByProducts = new(StringComparer.Ordinal)
    {
        "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".venv", "node_modules", ".cache", ".npm", "bin", "obj", "dist", "target", ".gradle", ".kintsugi",
    };

    private readonly GitRepository _git;
    private readonly string _tree;
    private readonly PatchTerms _terms;
    private readonly Dictionary<string, TreeFile> _tracked;
    private readonly SortedDictionary<string, WrittenFile> _written = new(StringComparer.Ordinal);

    /// <param name="tree">The version that is changed, whose files <paramref name="terms"/> lists as tracked.</param>
    public CandidateFiles(GitRepository git, string tree, PatchTerms terms)
    {
        _git = git;
        _tree = tree;
        _terms = terms;
        _tracked = terms.Tracked.Where(f => terms.Files.IsShownToWriters(f.Path)).ToDictionary(f => f.Path, StringComparer.Ordinal);
    }

    /// <summary>All that differs from the version, by path.</summary>
    public IReadOnlyList<WrittenFile> Written => [.. _written.Values];

    /// <summary>Every file that there is now and may be seen, in order.</summary>
    public IReadOnlyList<string> Paths =>
        [.. _tracked.Keys.Where(p => !_written.ContainsKey(p)).Concat(_written.Values.Where(w => w.Content is not null).Select(w => w.Path)).Order(StringComparer.Ordinal)];

    /// <returns>Null when there is no such file, or it may not be seen.</returns>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (_written.TryGetValue(path, out var written)) return written.Content;
        if (!_tracked.TryGetValue(path, out var file) || file.Mode is not ("100644" or "100755")) return null;
        return await _git.ReadBlobAsync(file.Blob, cancellationToken);
    }

    /// <returns>Why it may not be written; null when it was.</returns>
    public string? Write(string path, string content)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        if (bytes.Length > LargestFile) return $"{path} would have {bytes.Length} bytes; write at most {LargestFile}";
        var old = _tracked.GetValueOrDefault(path);
        var file = new PatchedFile(old, new TreeFile(path, old?.Mode ?? "100644", ""), default, default);
        if (PatchGate.Refusals([file], _terms) is { Count: > 0 } refusals) return PatchGate.InWords(refusals);
        return Put(new WrittenFile(path, old?.Mode ?? "100644", bytes));
    }

    /// <summary>The version with what was written, as a tree of the repository.</summary>
    public async Task<string> TreeAsync(CancellationToken cancellationToken) =>
        _written.Count == 0 ? _tree : await _git.WriteTreeAsync(_tree, [.. _written.Values.Select(w => w.ToEdit())], cancellationToken);

    /// <summary>Takes over what a command wrote into a layer of its own.</summary>
    /// <param name="layer">As hostile as the command, which has ended.</param>
    /// <param name="besides">A path that is not looked at.</param>
    /// <returns>Why it cannot be taken for a change; null when it was.</returns>
    /// <exception cref="IOException">The host cannot read the layer.</exception>
    public string? TakeOver(HostileDirectory layer, string besides)
    {
        var listing = layer.List(new HostileBounds());
        if (listing.Refusal is { } refusal) return refusal;
        foreach (var entry in listing.Entries.Where(e => e.Path != besides && !IsByProduct(e.Path)))
        {
            if (TakeOver(layer, entry) is { } why) return why;
        }
        return null;
    }

    private string? TakeOver(HostileDirectory layer, HostileEntry entry)
    {
        switch (entry.Kind)
        {
            case HostileEntryKind.Deleted or HostileEntryKind.Emptied:
                foreach (var gone in _tracked.Values.Where(f => f.Path == entry.Path || f.Path.StartsWith(entry.Path + "/", StringComparison.Ordinal)).ToList())
                    if (Put(new WrittenFile(gone.Path, gone.Mode, null)) is { } why) return why;
                return null;
            case HostileEntryKind.File:
                var read = layer.Read(entry.Path, LargestFile);
                return read.Content is { } content
                    ? Put(new WrittenFile(entry.Path, entry.Executable ? "100755" : "100644", content))
                    : $"{entry.Path} {read.Refusal}";
            default:
                return $"{entry.Path} is {(entry.Kind == HostileEntryKind.SymbolicLink ? "a symbolic link" : "no file")}, which code of a model may not make; write files";
        }
    }

    /// <summary>New files only: a tracked file in such a directory is part of the agent.</summary>
    private bool IsByProduct(string path) =>
        !_tracked.ContainsKey(path) && path.Split('/').Any(ByProducts.Contains) && !_tracked.Keys.Any(t => t.StartsWith(path + "/", StringComparison.Ordinal));

    private string? Put(WrittenFile file)
    {
        // What is no path of a tree cannot be put into one, so it is not left to the gate.
        if (PatchPaths.Refusals([new PatchedFile(null, new TreeFile(file.Path, file.Mode, ""), default, default)], _terms).ToList() is { Count: > 0 } astray) return PatchGate.InWords(astray);
        if (!_written.ContainsKey(file.Path) && _written.Count >= MostFiles) return $"more than {MostFiles} files would be changed";
        _written[file.Path] = file;
        return null;
    }
}
