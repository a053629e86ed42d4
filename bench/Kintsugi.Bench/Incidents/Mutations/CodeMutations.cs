using System.Globalization;
using System.Text.RegularExpressions;

namespace Kintsugi.Bench.Incidents.Mutations;

/// <summary>What goes wrong with code: a comparison, a constant, a condition, a clean-up too many, a branch that is gone.</summary>
public static partial class CodeMutations
{
    private static readonly (string What, string Old, string New)[] Words =
    [
        ("boundary moved", " >= ", " > "), ("boundary moved", " > ", " >= "), ("boundary moved", " < ", " <= "), ("boundary moved", " <= ", " < "),
        ("comparison turned", " >= ", " < "), ("comparison turned", " > ", " < "), ("comparison turned", " < ", " >= "),
        ("equality turned", " == ", " != "), ("equality turned", " === ", " !== "), ("equality turned", " != ", " == "), ("equality turned", " is None", " is not None"),
        ("condition widened", " and ", " or "), ("condition widened", " && ", " || "), ("condition narrowed", " || ", " && "), ("negation lost", "if not ", "if "), ("negation lost", "if (!", "if ("),
        ("clean-up lost", ".lower()", ""), ("clean-up lost", ".strip()", ""), ("clean-up lost", ".toLowerCase()", ""), ("clean-up lost", ".ToLowerInvariant()", ""), ("clean-up lost", ".Trim()", ""), ("clean-up lost", ".trim()", ""),
        ("sign turned", " + ", " - "), ("sign turned", " - ", " + "), ("operation changed", " * ", " / "), ("bound lost", "max(", "min("), ("bound lost", "Math.Max(", "Math.Min("),
        ("order turned", "b.prefix.length - a.prefix.length", "a.prefix.length - b.prefix.length"),
    ];

    public static IEnumerable<Edit> Of(VersionFiles version, string file, Random random)
    {
        var lines = version.Lines(file);
        foreach (var (at, line) in lines.Index().Where(l => !Prose().IsMatch(l.Item)))
        {
            foreach (var (what, old, @new) in Words)
                if (line.Contains(old, StringComparison.Ordinal)) yield return new Edit(what, Splice.Line(file, at, line, ReplaceFirst(line, old, @new)));
            foreach (Match number in Number().Matches(line))
                yield return new Edit("constant changed", Splice.Line(file, at, line, $"{line[..number.Index]}{Other(number.Value, random)}{line[(number.Index + number.Length)..]}"));
            if (Branch(lines, at) is { } length) yield return new Edit("branch lost", new Splice(file, at, [.. lines.Skip(at).Take(length)], []));
        }
    }

    private static string ReplaceFirst(string line, string old, string @new)
    {
        var at = line.IndexOf(old, StringComparison.Ordinal);
        return string.Concat(line.AsSpan(0, at), @new, line.AsSpan(at + old.Length));
    }

    private static string Other(string number, Random random)
    {
        var value = double.Parse(number, CultureInfo.InvariantCulture);
        return (random.Next(3) switch { 0 => value + 1, 1 => value * 2, _ => Math.Floor(value / 2) }).ToString("0.##", CultureInfo.InvariantCulture);
    }

    /// <returns>How many lines a condition takes whose only consequence is one statement; null for what is no such.</returns>
    private static int? Branch(IReadOnlyList<string> lines, int at)
    {
        if (OneLineBranch().IsMatch(lines[at])) return 1;
        if (!lines[at].TrimStart().StartsWith("if ", StringComparison.Ordinal) || !lines[at].EndsWith(':') || at + 2 >= lines.Count) return null;
        var indent = Indent(lines[at]);
        return Indent(lines[at + 1]) > indent && (lines[at + 2].Length == 0 || (Indent(lines[at + 2]) <= indent && !lines[at + 2].TrimStart().StartsWith("el", StringComparison.Ordinal))) ? 2 : null;
    }

    private static int Indent(string line) => line.Length - line.TrimStart().Length;

    [GeneratedRegex("""^\s*(?:#|//|/\*|\*|import|from|using|["']{3}|$)|"{3}|\brequire\(""")]
    private static partial Regex Prose();

    [GeneratedRegex(@"(?<![\w.""'%-])\d+(?:\.\d+)?(?![\w""'])")]
    private static partial Regex Number();

    [GeneratedRegex(@"^\s*if \(.*\) (?:return|price|rate|fee|continue)\b.*;$")]
    private static partial Regex OneLineBranch();
}
