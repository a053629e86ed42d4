using System.Text;
using System.Text.RegularExpressions;

namespace Kintsugi.Forge;

/// <summary>Whose files are whose, by a CODEOWNERS file as GitHub reads it.</summary>
public static class CodeOwners
{
    /// <summary>Where the file may be, from the repository's top; the first that is there counts.</summary>
    public static IReadOnlyList<string> Places { get; } = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

    /// <param name="text">The file, a stranger's words. A line that says nothing is passed over.</param>
    /// <param name="paths">From the repository's top.</param>
    /// <returns>Logins, and teams as `org/team`, each once, in the order of the paths. People named by mail alone are left out: nobody can be asked so.</returns>
    public static IReadOnlyList<string> Of(string text, IEnumerable<string> paths)
    {
        var rules = text.ReplaceLineEndings("\n").Split('\n').Select(Rule).OfType<(Regex Pattern, IReadOnlyList<string> Owners)>().Reverse().ToList(); // the last that matches wins
        return [.. paths.SelectMany(path => rules.FirstOrDefault(rule => rule.Pattern.IsMatch(path)).Owners ?? []).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static (Regex, IReadOnlyList<string>)? Rule(string line)
    {
        var words = Words(line);
        // What .gitignore knows beyond this (`!`, `[a-z]`, `\#`) GitHub does not.
        if (words.Count == 0 || words[0].StartsWith('!') || words[0].AsSpan().ContainsAny('[', ']', '#')) return null;
        return (Pattern(words[0]), [.. words.Skip(1).Where(word => word.Length > 1 && word[0] == '@').Select(word => word[1..])]);
    }

    /// <summary>Parted by blanks, up to a `#`; `\ ` is a blank in a path.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (var i = 0; i <= line.Length; i++)
        {
            var c = i < line.Length ? line[i] : '#';
            if (c == '\\' && i + 1 < line.Length && line[i + 1] == ' ')
            {
                word.Append(' ');
                i++;
            }
            else if (c is not (' ' or '\t') && (c != '#' || word.Length > 0 && i < line.Length)) word.Append(c);
            else
            {
                if (word.Length > 0) words.Add(word.ToString());
                word.Clear();
                if (c == '#') break;
            }
        }
        return words;
    }

    private static Regex Pattern(string glob)
    {
        var isFolder = glob.EndsWith('/');
        var isAnchored = glob.TrimEnd('/').Contains('/', StringComparison.Ordinal);
        var isShallow = glob.EndsWith("/*", StringComparison.Ordinal) && !glob.EndsWith("**", StringComparison.Ordinal); // unlike .gitignore: not what is further down
        var body = glob.Trim('/');
        var pattern = new StringBuilder(isAnchored ? "^" : "^(?:.*/)?");
        for (var i = 0; i < body.Length; i++)
        {
            if (string.CompareOrdinal(body, i, "**/", 0, 3) == 0)
            {
                pattern.Append("(?:.*/)?");
                i += 2;
            }
            else if (string.CompareOrdinal(body, i, "**", 0, 2) == 0)
            {
                pattern.Append(".*");
                i++;
            }
            else pattern.Append(body[i] switch { '*' => "[^/]*", '?' => "[^/]", var other => Regex.Escape(other.ToString()) });
        }
        pattern.Append(isFolder ? "/.*$" : isShallow ? "$" : "(?:/.*)?$");
        return new Regex(pattern.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant); // a stranger's pattern takes no more than linear time
    }
}
