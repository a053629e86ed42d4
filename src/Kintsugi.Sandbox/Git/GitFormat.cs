using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kintsugi.Sandbox.Git;

/// <summary>Reads what git's plumbing prints. All of it may be a stranger's: names, subjects and authors are only ever data.</summary>
internal static partial class GitFormat
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="GitException">It is not a full object id, so it might be read as an option or a name.</exception>
    public static string Id(string text) =>
        IdPattern().IsMatch(text) ? text : throw new GitException($"'{text}' is not the full id of a git object.");

    /// <param name="bytes">A commit object.</param>
    public static Commit Commit(string id, ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes); // an older encoding only garbles names, which are for people
        var headEnd = text.IndexOf("\n\n", StringComparison.Ordinal);
        var head = headEnd < 0 ? text : text[..headEnd];
        var subject = headEnd < 0 ? "" : text[(headEnd + 2)..].TrimStart('\n').Split('\n')[0].Trim();
        var tree = "";
        var parents = new List<string>();
        var author = "";
        var at = DateTimeOffset.UnixEpoch;
        foreach (var line in head.Split('\n'))
        {
            if (line.StartsWith("tree ", StringComparison.Ordinal))
                tree = line[5..];
            else if (line.StartsWith("parent ", StringComparison.Ordinal))
                parents.Add(line[7..]);
            else if (line.StartsWith("author ", StringComparison.Ordinal) && AuthorPattern().Match(line) is { Success: true } match)
                (author, at) = (match.Groups[1].Value, At(match.Groups[2].Value, match.Groups[3].Value));
        }

        return new Commit(id, tree, parents, author, at, subject);
    }

    /// <param name="bytes">`ls-tree -r -z`: mode SP type SP id TAB path NUL.</param>
    public static List<TreeFile> Tree(ReadOnlySpan<byte> bytes)
    {
        var files = new List<TreeFile>();
        foreach (var range in bytes.Split((byte)0))
        {
            var entry = bytes[range];
            if (entry.IsEmpty)
                continue;
            var tab = entry.IndexOf((byte)'\t');
            var fields = Encoding.ASCII.GetString(entry[..tab]).Split(' ');
            files.Add(new TreeFile(PathOf(entry[(tab + 1)..]), fields[0], fields[2]));
        }

        return files;
    }

    /// <param name="bytes">`diff-tree -r -z --raw`.</param>
    public static List<ChangedFile> Changes(ReadOnlySpan<byte> bytes)
    {
        var words = new Queue<byte[]>();
        foreach (var range in bytes.Split((byte)0))
            words.Enqueue(bytes[range].ToArray());

        var changes = new List<ChangedFile>();
        while (words.Count > 0 && words.Peek() is [(byte)':', ..])
        {
            var fields = Encoding.ASCII.GetString(words.Dequeue()).TrimStart(':').Split(' ');
            var oldPath = PathOf(words.Dequeue());
            var newPath = fields[4][0] is 'R' or 'C' ? PathOf(words.Dequeue()) : oldPath;
            changes.Add(new ChangedFile(
                fields[0] == "000000" ? null : new TreeFile(oldPath, fields[0], fields[2]),
                fields[1] == "000000" ? null : new TreeFile(newPath, fields[1], fields[3])));
        }

        return changes;
    }

    /// <param name="bytes">`merge-tree --write-tree -z --name-only --no-messages`: tree NUL, then the conflicting paths.</param>
    public static (string Tree, IReadOnlyList<string> Conflicts) Merge(ReadOnlySpan<byte> bytes)
    {
        var words = new List<string>();
        foreach (var range in bytes.Split((byte)0))
        {
            if (!bytes[range].IsEmpty)
                words.Add(PathOf(bytes[range]));
        }

        return (words[0], [.. words.Skip(1).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>An address without what could be a secret in it: user, password and query.</summary>
    public static string WithoutCredentials(string url)
    {
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && !uri.IsFile && uri.Host.Length > 0)
            return $"{uri.Scheme}://{uri.Authority}{uri.AbsolutePath}";
        var at = url.IndexOf('@', StringComparison.Ordinal);
        var colon = url.IndexOf(':', StringComparison.Ordinal);
        return at >= 0 && at < colon && !url[..at].Contains('/', StringComparison.Ordinal) ? url[(at + 1)..] : url; // git@host:path
    }

    /// <summary>One name for a repository however its address is spelled: host and path, in lower case. What lies on this machine is called by its address.</summary>
    /// <remarks>Ports are left out: the same repository has one for ssh, and another for https.</remarks>
    public static string NameOfRemote(string url)
    {
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && !uri.IsFile && uri.Host.Length > 0) return Name(uri.Host, uri.AbsolutePath);
        return ShortPattern().Match(url) is { Success: true } match ? Name(match.Groups[1].Value, match.Groups[2].Value) : url;

        static string Name(string host, string path)
        {
            var plain = path.Trim('/');
            return $"{host}/{(plain.EndsWith(".git", StringComparison.OrdinalIgnoreCase) ? plain[..^4].TrimEnd('/') : plain)}".ToLowerInvariant();
        }
    }

    /// <exception cref="GitException">The name is not UTF-8.</exception>
    private static string PathOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new GitException($"The file name '{Encoding.Latin1.GetString(bytes)}' (shown as Latin-1) is not valid UTF-8: rename the file.");
        }
    }

    private static DateTimeOffset At(string seconds, string zone)
    {
        // A commit may claim any time and zone; one beyond the calendar says nothing.
        if (!long.TryParse(seconds, CultureInfo.InvariantCulture, out var unix) || unix is < -62135596800 + 86400 or > 253402300799 - 86400)
            return DateTimeOffset.UnixEpoch;
        var minutes = (int.Parse(zone.AsSpan(1, 2), CultureInfo.InvariantCulture) * 60) + int.Parse(zone.AsSpan(3, 2), CultureInfo.InvariantCulture);
        var offset = TimeSpan.FromMinutes(zone[0] == '-' ? -minutes : minutes);
        return DateTimeOffset.FromUnixTimeSeconds(unix).ToOffset(offset.Duration() <= TimeSpan.FromHours(14) ? offset : TimeSpan.Zero);
    }

    [GeneratedRegex("^[0-9a-f]{40}(?:[0-9a-f]{24})?$")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^(?:[^/:@]+@)?([^/:@]+):(?!//)(.+)\z", RegexOptions.CultureInvariant)] // git@host:path
    private static partial Regex ShortPattern();

    [GeneratedRegex("^author (.*) (-?[0-9]+) ([+-][0-9]{4})$")]
    private static partial Regex AuthorPattern();
}
