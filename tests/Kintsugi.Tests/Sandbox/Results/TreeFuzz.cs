using System.Globalization;
using System.Text;
using Kintsugi.Sandbox.Results;

namespace Kintsugi.Tests.Sandbox.Results;

/// <summary>Random trees of files, links, pipes, directories and whiteouts beside a secret, read by every name in them and by names that lead astray.</summary>
/// <remarks>A few trees in the unit tests, many in the benchmark.</remarks>
public sealed class TreeFuzz
{
    private const string Secret = "the host's secret";
    private const int MostBytes = 4096;

    private static readonly string[] Names = ["a", "b", "data", "line\nbreak", "é", " ", "-rf", ".git", "x\\y", "*"];
    private static readonly string[] Steps = ["..", ".", "", "a", "outside", "secret", "proc/self/environ", "\0", "\ud800", new string('x', 300)];

    private readonly string _ground;
    private int _trees;

    /// <param name="ground">An empty directory to work in.</param>
    public TreeFuzz(string ground)
    {
        _ground = ground;
        Directory.CreateDirectory(Path.Combine(ground, "outside"));
        File.WriteAllText(Path.Combine(ground, "outside", "secret"), Secret);
    }

    /// <summary>Reads and listings so far.</summary>
    public int Cases { get; private set; }

    /// <summary>Of those the reads that gave a file's content.</summary>
    public int Given { get; private set; }

    /// <returns>A promise that was broken with one more tree; null when all were kept.</returns>
    public string? Broken(Random random)
    {
        var tree = Path.Combine(_ground, (_trees++).ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(tree);
        var planted = Plant(random, tree);
        string? broken;
        using (var directory = HostileDirectory.Open(tree))
            broken = BrokenByReading(directory, planted, random) ?? BrokenByListing(directory, planted);
        Directory.Delete(tree, recursive: true);
        return broken;
    }

    private string? BrokenByReading(HostileDirectory directory, Dictionary<string, HostileEntryKind?> planted, Random random)
    {
        foreach (var (path, kind) in planted)
        {
            var mayBeRead = kind == HostileEntryKind.File;
            var content = Read(directory, path);
            if (mayBeRead && content != "inside " + path) return $"'{path}' was read as '{content}'";
            if (!mayBeRead && content is not null) return $"'{path}' is no plain file and was read as '{content}'";
            var astray = Insert(path, random);
            if (Read(directory, astray) is { } other && !other.StartsWith("inside ", StringComparison.Ordinal)) return $"'{astray}' was read as '{other}'";
        }
        return null;
    }

    /// <summary>Every entry is one that was planted, none is left out, and none lies behind a link.</summary>
    private string? BrokenByListing(HostileDirectory directory, Dictionary<string, HostileEntryKind?> planted)
    {
        Cases++;
        var listing = directory.List(new HostileBounds());
        var listed = listing.Entries.ToDictionary(e => e.Path, e => e.Kind);
        if (listing.Refusal is { } refusal) return refusal;
        return planted.Where(p => p.Value is not null).Select(p => (p.Key, p.Value!.Value)).Except(listed.Select(l => (l.Key, l.Value))).Select(p => $"{p} is not listed").FirstOrDefault()
            ?? listed.Keys.Except(planted.Keys).Select(p => $"'{p}' was never planted").FirstOrDefault();
    }

    private string? Read(HostileDirectory directory, string path)
    {
        Cases++;
        if (directory.Read(path, MostBytes).Content is not { } content) return null;
        Given++;
        return Encoding.UTF8.GetString(content.Span);
    }

    /// <returns>What stands at each path; null for a file that must not be read: too large, or with another name.</returns>
    private Dictionary<string, HostileEntryKind?> Plant(Random random, string tree)
    {
        var planted = new Dictionary<string, HostileEntryKind?>();
        List<string> directories = [""];
        for (var n = random.Next(4, 12); n > 0; n--)
        {
            var path = directories[random.Next(directories.Count)] + Names[random.Next(Names.Length)];
            var full = $"{tree}/{path}";
            if (planted.ContainsKey(path) || directories.Contains(path + "/")) continue;
            switch (random.Next(9))
            {
                case 0:
                    Directory.CreateDirectory(full);
                    directories.Add(path + "/");
                    break;
                case 1:
                    Planted.Pipe(full);
                    planted[path] = HostileEntryKind.Other;
                    break;
                case 2:
                    Planted.Whiteout(full);
                    planted[path] = HostileEntryKind.Deleted;
                    break;
                case 3:
                    File.CreateSymbolicLink(full, Target(random, tree, planted));
                    planted[path] = HostileEntryKind.SymbolicLink;
                    break;
                case 4:
                    Planted.HardLink(Path.Combine(_ground, "outside", "secret"), full);
                    planted[path] = null;
                    break;
                case 5 when planted.FirstOrDefault(p => p.Value == HostileEntryKind.File).Key is { } other:
                    Planted.HardLink($"{tree}/{other}", full);
                    planted[path] = planted[other] = null;
                    break;
                case 6:
                    using (var large = File.Create(full)) large.SetLength(MostBytes + random.Next(1, 1 << 20));
                    planted[path] = null;
                    break;
                default:
                    File.WriteAllText(full, "inside " + path);
                    planted[path] = HostileEntryKind.File;
                    break;
            }
        }
        return planted;
    }

    private string Target(Random random, string tree, Dictionary<string, HostileEntryKind?> planted) => random.Next(6) switch
    {
        0 => Path.Combine(_ground, "outside", "secret"),
        1 => Path.Combine(_ground, "outside"),
        2 => "../outside/secret",
        3 => "/proc/self/root" + Path.Combine(_ground, "outside"),
        4 => tree,
        _ => planted.Keys.FirstOrDefault("."),
    };

    /// <summary>The path with a step or two put in somewhere.</summary>
    private static string Insert(string path, Random random)
    {
        var steps = path.Split('/').ToList();
        for (var n = random.Next(1, 4); n > 0; n--) steps.Insert(random.Next(steps.Count + 1), Steps[random.Next(Steps.Length)]);
        return string.Join('/', steps);
    }
}
