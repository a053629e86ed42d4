using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kintsugi.Storage;

namespace Kintsugi.Healing.Repair;

/// <summary>Which paths a patch may write to: those that are one file, the same file, inside the tree, on every system that checks it out.</summary>
/// <remarks>
/// Names that are tracked already are the repository's own business, as long as they stay in the tree. New ones are plain ASCII: a name that
/// looks like another, or is another on a file system that folds case or accents, hides a change from its reviewer.
/// </remarks>
internal static partial class PatchPaths
{
    /// <summary>PATH_MAX.</summary>
    private const int MostBytes = 4096;

    /// <summary>NAME_MAX of ext4, APFS and NTFS.</summary>
    private const int MostBytesOfName = 255;

    public static IEnumerable<PatchRefusal> Refusals(IReadOnlyList<PatchedFile> patch, PatchTerms terms)
    {
        var tracked = terms.Tracked.Concat(terms.Foreign ? [] : terms.LastGood).Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        var written = patch.Select(f => f.New?.Path).OfType<string>().ToList();
        var added = written.Where(p => !tracked.Contains(p)).ToList();
        var spellings = added.Count == 0 ? [] : Spellings(tracked.Concat(added));
        foreach (var path in written)
        {
            var reason = OfPlace(path) ?? (tracked.Contains(path) ? null : OfNewName(path) ?? OfSpelling(path, spellings));
            if (reason is not null) yield return new PatchRefusal(path, reason);
        }
    }

    /// <summary>Whether a name is .git to git on any file system: NTFS ends names at a colon, drops dots and spaces at the end and knows git~1; HFS+ skips characters without a width.</summary>
    private static bool IsGit(string name)
    {
        var visible = string.Concat(name.Where(c => char.GetUnicodeCategory(c) != UnicodeCategory.Format));
        var short83 = visible.Split(':')[0].TrimEnd(' ', '.');
        return short83.Equals(".git", StringComparison.OrdinalIgnoreCase) || GitShortName().IsMatch(short83);
    }

    private static string? OfPlace(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal)) return "holds a NUL, which no file name can";
        if (path.StartsWith('/')) return "is an absolute path; name files from the repository's top";
        var names = path.Split('/');
        if (names.Any(n => n is "" or "." or "..")) return "has an empty, `.` or `..` part, so it may leave the tree; name files from the repository's top";
        if (path.Split('/', '\\').Any(IsGit)) return "names .git, where git keeps what it runs; no repair writes there";
        if (Encoding.UTF8.GetByteCount(path) > MostBytes || names.Any(n => Encoding.UTF8.GetByteCount(n) > MostBytesOfName))
            return $"is longer than a path ({MostBytes} bytes) or a name ({MostBytesOfName} bytes) may be; choose a shorter one";
        return null;
    }

    private static string? OfNewName(string path)
    {
        if (path.Any(c => c is < ' ' or > '~')) return "has control characters or other than ASCII in its name; a new file needs a name that reads the same everywhere";
        if (path.IndexOfAny(['\\', ':', '<', '>', '"', '|', '?', '*']) >= 0) return "has one of \\ : < > \" | ? * in its name, which is no name on Windows; choose another";
        if (path.Split('/').Any(n => n[^1] is ' ' or '.' || n[0] == ' ' || ShortName().IsMatch(n) || DeviceName().IsMatch(n)))
            return "has a part that is another name or a device on Windows (blank or dot at the end, `~1`, CON, NUL …); choose another";
        return null;
    }

    /// <summary>Directories count too: `Tests/a.py` lands in `tests` where case is folded.</summary>
    private static string? OfSpelling(string path, Dictionary<string, string> spellings) =>
        Parts(path).Where(p => spellings[p] != p)
            .Select(p => $"is `{Shown.Word(spellings[p])}` where case does not matter; spell it as that, or choose another name").FirstOrDefault();

    /// <summary>Each path and each directory above it as it was spelled first, by any spelling of it.</summary>
    private static Dictionary<string, string> Spellings(IEnumerable<string> paths)
    {
        var spellings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in paths)
            foreach (var part in Parts(path))
                spellings.TryAdd(part, part);
        return spellings;
    }

    /// <summary>a, a/b and a/b/c of a/b/c.</summary>
    private static IEnumerable<string> Parts(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1)) yield return path[..slash];
        yield return path;
    }

    [GeneratedRegex(@"^git~\d+\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex GitShortName();

    /// <summary>What NTFS may call another file: CONFTE~1.PY is conftest.py.</summary>
    [GeneratedRegex(@"~\d+(\.[^.]{0,3})?\z")]
    private static partial Regex ShortName();

    [GeneratedRegex(@"^(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)\s*(\.|\z)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DeviceName();
}
