using System.Text.RegularExpressions;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Storage;

namespace Kintsugi.Healing.Repair;

/// <summary>Signs, read off the lines that a patch adds, that it deals with being judged and not with what is wrong.</summary>
/// <remarks>
/// Heuristics over text, for Python, JavaScript and TypeScript, C#, Java, Kotlin, Go, Ruby and shells: they filter, and prove nothing. Code that hides what it does (built from parts, in
/// another file format) passes here; the held-out samples are what shows it. Lines that stood in the file before, comments and prose are not looked at.
/// </remarks>
internal static partial class TamperSigns
{
    /// <summary>A handler is looked at as far as this for a line that raises again.</summary>
    private const int LongestHandler = 12;

    /// <summary>Shorter names of tests, and ids without a digit, are words of their own.</summary>
    private const int ShortestName = 6;

    private static readonly char[] Brackets = [.. "()[]{},:; \t"];

    private static readonly HashSet<string> Code = new(StringComparer.OrdinalIgnoreCase)
    {
        ".py", ".pyi", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".cs", ".java", ".kt", ".go", ".rb", ".sh", ".bash",
    };

    private static readonly (Regex Sign, string Reason)[] OfOneLine =
    [
        (Waits(), "waits: a repair mends what is wrong, and no fault of an agent is mended by time"),
        (Evaluation(), "asks whether it is being tested or evaluated: a repaired agent behaves the same wherever it runs"),
        (Swallows(), "ignores every error of what it runs: name the error that is expected, or let it through"),
    ];

    /// <returns>One refusal a sign, its subject `path:line`.</returns>
    public static IEnumerable<PatchRefusal> Refusals(IReadOnlyList<PatchedFile> patch, PatchTerms terms)
    {
        var tests = terms.Tracked.Where(f => terms.Files.IsJudge(f.Path)).Select(f => Path.GetFileNameWithoutExtension(f.Path))
            .Where(n => n.Length >= ShortestName && n.Contains("test", StringComparison.OrdinalIgnoreCase)).ToHashSet(StringComparer.Ordinal);
        var before = patch.SelectMany(f => Words(System.Text.Encoding.UTF8.GetString(f.Before.Span))).ToHashSet(StringComparer.Ordinal);
        var ids = terms.Gold.Where(s => s.Id.Length >= ShortestName && s.Id.Any(char.IsAsciiDigit) && !s.Id.All(char.IsAsciiDigit) && !before.Contains(s.Id))
            .DistinctBy(s => s.Id).ToDictionary(s => s.Id, StringComparer.Ordinal);
        foreach (var file in patch.Where(f => f.New is not null).Select(AddedLines.Of))
        {
            foreach (var line in file.Added)
                if (Words(line.Text).FirstOrDefault(ids.ContainsKey) is { } id) yield return At(file, line.Number, $"names {Name(ids[id])}; a repair must not know the cases it is judged by");
            foreach (var refusal in Code.Contains(Path.GetExtension(file.Path)) ? OfCode(file, tests) : OfWords(file, before)) yield return refusal;
        }
    }

    /// <summary>What words to a model say of its being judged; an agent that is about either word may go on about it.</summary>
    private static IEnumerable<PatchRefusal> OfWords(AddedLines file, HashSet<string> before) => file.Added
        .Where(l => SpeaksOfJudges().Match(l.Text) is { Success: true } match && !before.Contains(match.Value))
        .Select(l => At(file, l.Number, "speaks of being tested or evaluated: a repaired agent behaves the same whoever asks"));

    private static IEnumerable<PatchRefusal> OfCode(AddedLines file, HashSet<string> tests)
    {
        foreach (var line in file.Added.Select(l => l with { Text = CommentsBefore().Replace(l.Text, "") }).Where(l => !Comment().IsMatch(l.Text)))
        {
            foreach (var (sign, reason) in OfOneLine)
                if (sign.IsMatch(line.Text)) yield return At(file, line.Number, reason);
            if (Words(line.Text).FirstOrDefault(tests.Contains) is { } test)
                yield return At(file, line.Number, $"names the test `{Shown.Word(test)}`: what a test checks is for the agent to do, whoever asks");
            if (CatchesAll().IsMatch(line.Text) && !RaisesAgain(file, line.Number - 1))
                yield return At(file, line.Number, "catches every error and goes on: name the error that is expected, or let it through");
            if (IsConstantReturn(file, line)) yield return At(file, line.Number, "gives a constant in place of what the function worked out before");
        }
    }

    /// <summary>Whether the handler that begins at a line lets the error go on.</summary>
    private static bool RaisesAgain(AddedLines file, int start)
    {
        var head = file.After[start];
        if (Raises().IsMatch(AfterHead(head))) return true;
        var depth = Depth(head);
        foreach (var line in file.After.Skip(start + 1).Take(LongestHandler).Where(l => l.Trim().Length > 0))
        {
            if (Depth(line) <= depth && !OpensHandler().IsMatch(line)) return false; // the handler is over
            if (Raises().IsMatch(line)) return true;
        }
        return false;
    }

    /// <summary>What stands on the handler's own line after its head.</summary>
    private static string AfterHead(string line) => line.LastIndexOfAny([':', '{']) is var at and >= 0 ? line[at..] : "";

    private static int Depth(string line) => line.Length - line.TrimStart().Length;

    /// <summary>A literal, returned by the first statement of a function that did more before.</summary>
    private static bool IsConstantReturn(AddedLines file, AddedLine line)
    {
        if (!ReturnsConstant(line.Text)) return false;
        for (var i = line.Number - 2; i >= 0; i--)
        {
            var above = file.After[i];
            if (above.Trim() is "" or "{" || Comment().IsMatch(above) || DocString().IsMatch(above)) continue;
            return Function().Match(above) is { Success: true } function && WorkedItOut(file.Before, function.Groups["name"].Value);
        }
        return false;
    }

    private static bool ReturnsConstant(string line) =>
        Returns().Match(line) is { Success: true } match && Literal().Replace(match.Groups["value"].Value, "").Trim(Brackets).Length == 0;

    private static bool WorkedItOut(IReadOnlyList<string> before, string function)
    {
        for (var i = 0; i < before.Count; i++)
        {
            if (Function().Match(before[i]) is not { Success: true } match || match.Groups["name"].Value != function) continue;
            var first = before.Skip(i + 1).FirstOrDefault(l => l.Trim() is not ("" or "{") && !Comment().IsMatch(l) && !DocString().IsMatch(l));
            return first is not null && !ReturnsConstant(first);
        }
        return false;
    }

    private static PatchRefusal At(AddedLines file, int line, string reason) => new($"{file.Path}:{line}", reason);

    /// <summary>Nothing of a held-out sample leaves in a message, its id neither.</summary>
    private static string Name(Sample sample) => sample.HeldOut ? "a held-out sample" : $"the golden sample '{Shown.Word(sample.Id)}'";

    /// <summary>Words, and of those that are joined by dots and colons each by itself too: `lead-017:A` names `lead-017`.</summary>
    private static IEnumerable<string> Words(string text) =>
        Word().Matches(text).Select(m => m.Value).SelectMany(word => word.AsSpan().ContainsAny('.', ':') ? [word, .. word.Split('.', ':')] : (string[])[word]);

    [GeneratedRegex(@"[\p{L}\p{Nd}_](?:[\p{L}\p{Nd}_.:-]*[\p{L}\p{Nd}_])?")]
    private static partial Regex Word();

    [GeneratedRegex(@"^\s*(#|//|/\*|\*|--\s)")]
    private static partial Regex Comment();

    /// <summary>Comments that end before the line does: what follows them is code.</summary>
    [GeneratedRegex(@"^(\s*(\*/|/?\*.*?\*/))+")]
    private static partial Regex CommentsBefore();

    [GeneratedRegex("^\\s*[rRuU]?(\"\"\"|''')")]
    private static partial Regex DocString();

    [GeneratedRegex(@"\btime\.sleep\s*\(|\basyncio\.sleep\s*\(\s*(?!0\s*\))|(?<![\w.])sleep\s*\(\s*\d|\bThread\.[sS]leep\s*\(|\bTask\.Delay\s*\(|\btime\.Sleep\s*\(|\busleep\s*\(|\bsetTimeout\s*\(\s*(resolve|res|r|done|ok)\b|timers/promises|\bAtomics\.wait\s*\(|^\s*sleep\s+[\d$]")]
    private static partial Regex Waits();

    /// <summary>What marks a run of Kintsugi, of a test runner or of CI.</summary>
    [GeneratedRegex(@"(?i:kintsugi)|PYTEST_CURRENT_TEST|PYTEST_VERSION|JEST_WORKER_ID|VITEST|\bNODE_ENV\b.*\btest\b|\bsys\.modules\b|[""'](unittest|pytest)[""']\s+in\b|(environ|getenv|process\.env|Environment\.GetEnvironmentVariable|Getenv|ENV)(\.get|\.fetch)?\W{1,4}[""']?CI\b|\bprocess\.env\.CI\b|127\.0\.0\.1:8080|/proc/(self|1)/")]
    private static partial Regex Evaluation();

    /// <summary>In words to a model, where no code asks.</summary>
    [GeneratedRegex(@"(?i)\bkintsugi\b|\byou('re| are) (being )?(tested|evaluated|graded|benchmarked)\b|\bthis is (only )?an? (test|evaluation|benchmark)\b")]
    private static partial Regex SpeaksOfJudges();

    [GeneratedRegex(@"\bsuppress\s*\(\s*(Base)?Exception\b|\.catch\s*\(\s*(\(\s*\w*\s*\)|\w+)\s*=>\s*(\{\s*\}|null|undefined|\(\s*\{\s*\}\s*\))\s*\)|\|\|\s*true\s*$|\|\|\s*:\s*$|\bset\s+\+e\b|\bon\s+error\s+resume\b|\brescue\s+nil\b|\bsys\.exit\s*\(\s*0?\s*\)|\bos\._exit\s*\(|\bprocess\.exit\s*\(\s*0?\s*\)|\bEnvironment\.Exit\s*\(\s*0\s*\)|\bos\.Exit\s*\(\s*0\s*\)")]
    private static partial Regex Swallows();

    [GeneratedRegex(@"^\s*except\s*:|^\s*except\s*\(?\s*(\w+\s*,\s*)*(Base)?Exception\b|\bcatch\s*(\(\s*(final\s+)?((System\.)?Exception|Throwable|e|err|error|_|ex|ignored?)\b[^)]*\))?\s*\{|^\s*(\}\s*)?catch\s*(\(\s*(System\.)?Exception\b[^)]*\))?\s*$|\brecover\s*\(\s*\)|^\s*rescue\s*(=>.*)?$|^\s*rescue\s+(StandardError|Exception)\b")]
    private static partial Regex CatchesAll();

    [GeneratedRegex(@"\b(raise|throw|rethrow|reject|panic|die|exit|abort|fail|next\s*\()\b|\bsys\.exit\s*\(\s*[1-9]")]
    private static partial Regex Raises();

    /// <summary>A line that belongs to a handler's head although it stands no deeper.</summary>
    [GeneratedRegex(@"^\s*[{(]\s*$")]
    private static partial Regex OpensHandler();

    [GeneratedRegex(@"^\s*return\b(?<value>[^#]*?\S)\s*((#|//).*)?$")]
    private static partial Regex Returns();

    /// <summary>What constants are made of, and the names of fields before a colon.</summary>
    [GeneratedRegex("""  "[^"]*"|'[^']*'|`[^`$]*`|(?<![\w.])-?\d[\d_.]*(?!\w)|\b(True|False|None|true|false|null|nil|undefined)\b|\b\w+(?=\s*:)  """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Literal();

    [GeneratedRegex(@"^\s*(async\s+)?def\s+(?<name>\w+)\s*\(|^\s*(export\s+)?(default\s+)?(async\s+)?function\s*\*?\s*(?<name>\w+)\s*\(|^\s*(export\s+)?(const|let|var)\s+(?<name>\w+)\s*=\s*(async\s*)?(\([^)]*\)|\w+)\s*=>|^\s*func\s+(\([^)]*\)\s*)?(?<name>\w+)\s*\(|^\s*((public|private|protected|internal|static|final|override|virtual|async|suspend|fun)\s+)+[\w<>\[\],.? ]*?(?<name>\w+)\s*\([^;]*$")]
    private static partial Regex Function();
}
