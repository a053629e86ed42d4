using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Tests.Forge;

/// <summary>Git's objects in memory, named as git names them, and branches.</summary>
internal sealed class StrictGit
{
    private readonly Dictionary<string, (string Kind, byte[] Content)> _objects = new(StringComparer.Ordinal);

    /// <summary>Branch → commit.</summary>
    public Dictionary<string, string> Branches { get; } = new(StringComparer.Ordinal);

    public bool Has(string id, string kind) => _objects.TryGetValue(id, out var there) && there.Kind == kind;

    public string Put(string kind, byte[] content)
    {
        var head = Encoding.ASCII.GetBytes($"{kind} {content.Length.ToString(CultureInfo.InvariantCulture)}\0");
#pragma warning disable CA5350 // git's own
        var id = Convert.ToHexStringLower(SHA1.HashData([.. head, .. content]));
#pragma warning restore CA5350
        _objects[id] = (kind, content);
        return id;
    }

    public byte[] Blob(string id) => _objects[id] is ("blob", var content) ? content : throw new InvalidOperationException($"{id} is no blob.");

    /// <summary>Every file of a tree: path → (mode, id).</summary>
    public SortedDictionary<string, (string Mode, string Id)> Files(string tree)
    {
        var files = new SortedDictionary<string, (string, string)>(StringComparer.Ordinal);
        Fill(tree, "");
        return files;

        void Fill(string id, string prefix)
        {
            var content = _objects[id].Content.AsSpan();
            while (content.Length > 0)
            {
                var space = content.IndexOf((byte)' ');
                var end = content.IndexOf((byte)0);
                var mode = Encoding.ASCII.GetString(content[..space]);
                var path = prefix + Encoding.UTF8.GetString(content[(space + 1)..end]);
                var entry = Convert.ToHexStringLower(content[(end + 1)..(end + 21)]);
                content = content[(end + 21)..];
                if (mode == "40000") Fill(entry, path + "/");
                else files[path] = (mode, entry);
            }
        }
    }

    public string PutTree(IReadOnlyDictionary<string, (string Mode, string Id)> files)
    {
        var entries = new List<(string Name, string Mode, string Id)>();
        foreach (var folder in files.GroupBy(file => file.Key.Split('/')[0]))
        {
            var whole = folder.FirstOrDefault(file => file.Key == folder.Key);
            if (whole.Key is not null) entries.Add((folder.Key, whole.Value.Mode, whole.Value.Id));
            else entries.Add((folder.Key, "40000", PutTree(folder.ToDictionary(file => file.Key[(folder.Key.Length + 1)..], file => file.Value))));
        }
        // Git sorts a folder as if its name ended in '/'.
        entries.Sort((one, other) => string.CompareOrdinal(one.Name + (one.Mode == "40000" ? "/" : ""), other.Name + (other.Mode == "40000" ? "/" : "")));
        return Put("tree", [.. entries.SelectMany(entry => (byte[])[.. Encoding.UTF8.GetBytes($"{entry.Mode} {entry.Name}\0"), .. Convert.FromHexString(entry.Id)])]);
    }

    /// <param name="author">`Name &lt;mail&gt;`; committer too, unless that is another.</param>
    public string PutCommit(string tree, IReadOnlyList<string> parents, string author, DateTimeOffset at, string message, string? committer = null)
    {
        var zone = (at.Offset < TimeSpan.Zero ? "-" : "+") + at.Offset.ToString("hhmm", CultureInfo.InvariantCulture);
        var when = $"{at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)} {zone}";
        return Put("commit", Encoding.UTF8.GetBytes($"tree {tree}\n{string.Concat(parents.Select(parent => $"parent {parent}\n"))}author {author} {when}\ncommitter {committer ?? author} {when}\n\n{message}"));
    }

    public StrictCommit Commit(string id)
    {
        var text = Encoding.UTF8.GetString(_objects[id].Content);
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var head = text[..end].Split('\n');
        string Value(string key) => head.First(line => line.StartsWith(key + " ", StringComparison.Ordinal))[(key.Length + 1)..];
        var author = Value("author");
        return new StrictCommit(
            id, Value("tree"), [.. head.Where(line => line.StartsWith("parent ", StringComparison.Ordinal)).Select(line => line[7..])],
            author, Value("committer"), text[(end + 2)..]);
    }

    /// <summary>A commit and all before it, newest first along first parents.</summary>
    public IReadOnlyList<string> History(string tip)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var order = new List<string>();
        var next = new Stack<string>([tip]);
        while (next.TryPop(out var id))
        {
            if (!Has(id, "commit") || !seen.Add(id)) continue; // a shallow clone ends somewhere
            order.Add(id);
            foreach (var parent in Commit(id).Parents.Reverse()) next.Push(parent);
        }
        return order;
    }

    /// <summary>What one has and the other has not, oldest first.</summary>
    public IReadOnlyList<string> Between(string lower, string upper)
    {
        var below = History(lower).ToHashSet(StringComparer.Ordinal);
        return [.. History(upper).Where(id => !below.Contains(id)).Reverse()];
    }

    public string? Text(string branch, string path) =>
        Branches.TryGetValue(branch, out var tip) && Files(Commit(tip).Tree).TryGetValue(path, out var file) ? Encoding.UTF8.GetString(Blob(file.Id)) : null;

    /// <summary>Takes over all objects and branches of a repository on disk.</summary>
    public async Task LoadAsync(string directory, CancellationToken cancellationToken)
    {
        var all = await GitAsync(directory, cancellationToken, "cat-file", "--batch-all-objects", "--batch");
        for (var at = 0; at < all.Length;)
        {
            var end = Array.IndexOf(all, (byte)'\n', at);
            if (Encoding.ASCII.GetString(all, at, end - at).Split(' ') is not [var id, var kind, var size]) throw new InvalidOperationException("git cat-file printed something else.");
            var length = int.Parse(size, CultureInfo.InvariantCulture);
            _objects[id] = (kind, all[(end + 1)..(end + 1 + length)]);
            at = end + 1 + length + 1;
        }
        foreach (var line in Encoding.UTF8.GetString(await GitAsync(directory, cancellationToken, "for-each-ref", "--format=%(objectname) %(refname:short)", "refs/heads")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Branches[line[41..]] = line[..40];
    }

    /// <summary>Hands over to a repository on disk what it has not, as a fetch does.</summary>
    public async Task StoreAsync(string directory, CancellationToken cancellationToken)
    {
        foreach (var (id, (kind, content)) in _objects)
        {
            var file = Path.Combine(directory, ".git", "objects", id[..2], id[2..]);
            if (File.Exists(file)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using var packed = new ZLibStream(File.Create(file), CompressionLevel.Fastest);
            await packed.WriteAsync(Encoding.ASCII.GetBytes($"{kind} {content.Length.ToString(CultureInfo.InvariantCulture)}\0"), cancellationToken);
            await packed.WriteAsync(content, cancellationToken);
        }
    }

    private static async Task<byte[]> GitAsync(string directory, CancellationToken cancellationToken, params string[] arguments)
    {
        using var process = await Launcher.StartAsync(new LaunchPlan(
            ["/usr/bin/git", "-C", directory, .. arguments], ["PATH=/usr/bin:/bin", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"], new Dictionary<int, SafeFileHandle>()));
        await process.Input.DisposeAsync();
        var error = new StreamReader(process.Error).ReadToEndAsync(cancellationToken);
        using var output = new MemoryStream();
        await process.Output.CopyToAsync(output, cancellationToken);
        return await process.Ended == 0 ? output.ToArray() : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {await error}");
    }
}

/// <param name="AuthorLine">Name, mail and date.</param>
internal sealed record StrictCommit(string Id, string Tree, IReadOnlyList<string> Parents, string AuthorLine, string CommitterLine, string Message)
{
    public string Author => Name(AuthorLine);

    public string Committer => Name(CommitterLine);

    public string AuthorMail => Mail(AuthorLine);

    public string CommitterMail => Mail(CommitterLine);

    private static string Name(string line) => line[..line.IndexOf(" <", StringComparison.Ordinal)];

    private static string Mail(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
}
