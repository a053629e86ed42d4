using System.Globalization;
using System.Text.RegularExpressions;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>Reads conditions of the controlled English that docs/simulated-provider.md describes.</summary>
internal static partial class ConditionReader
{
    /// <returns>Null when the words are none that the simulated model understands.</returns>
    public static Condition? Read(string text)
    {
        var alternatives = Or().Split(Explanation().Replace(text, "")).Select(ReadAll).ToList();
        if (alternatives.Contains(null)) return null;
        return alternatives.Count == 1 ? alternatives[0] : new Any(alternatives!);
    }

    private static Condition? ReadAll(string text)
    {
        var parts = And().Split(text).Select(ReadOne).ToList();
        if (parts.Contains(null)) return null;
        return parts.Count == 1 ? parts[0] : new All(parts!);
    }

    private static Condition? ReadOne(string text)
    {
        var match = Atom().Match(text.Trim());
        if (!match.Success) return null;
        var field = match.Groups["field"].Value;
        var predicate = match.Groups["predicate"].Value.Trim().TrimEnd('.', ',', ' ');
        if (Mail().Match(predicate) is { Success: true } mail)
        {
            var domains = mail.Groups["list"].Success ? List(mail.Groups["list"].Value) : MailAt.FreeMail;
            return Negate(mail, new MailAt(field, domains));
        }
        predicate = Parenthesis().Replace(predicate, "").Trim();
        return ReadNumber(field, predicate) ?? ReadPresence(field, predicate) ?? ReadWords(field, predicate) ?? ReadValue(field, predicate);
    }

    private static Within? ReadNumber(string field, string predicate)
    {
        if (Between().Match(predicate) is { Success: true } between)
            return new Within(field, Number(between.Groups["low"]), true, Number(between.Groups["high"]), true);
        if (Bound().Match(predicate) is not { Success: true } bound) return null;
        var number = Number(bound.Groups["n"]);
        return bound.Groups["word"].Value.ToUpperInvariant() switch
        {
            "AT LEAST" => new Within(field, number, true, double.PositiveInfinity, false),
            "MORE THAN" or "ABOVE" or "OVER" => new Within(field, number, false, double.PositiveInfinity, false),
            "AT MOST" => new Within(field, double.NegativeInfinity, false, number, true),
            _ => new Within(field, double.NegativeInfinity, false, number, false),
        };
    }

    private static Condition? ReadPresence(string field, string predicate) => predicate.ToUpperInvariant() switch
    {
        "IS MISSING" or "IS EMPTY" or "IS UNKNOWN" or "IS NOT GIVEN" or "IS NOT KNOWN" => new Missing(field),
        "IS GIVEN" or "IS KNOWN" or "IS NOT MISSING" or "IS NOT EMPTY" => new Not(new Missing(field)),
        _ => null,
    };

    private static Condition? ReadWords(string field, string predicate)
    {
        if (MentionsOf().Match(predicate) is { Success: true } mentions) return Negate(mentions, new Mentions(field, List(mentions.Groups["list"].Value)));
        return Ends().Match(predicate) is { Success: true } ends ? Negate(ends, new EndsWith(field, List(ends.Groups["list"].Value))) : null;
    }

    private static Condition? ReadValue(string field, string predicate)
    {
        if (Among().Match(predicate) is { Success: true } among) return Negate(among, new OneOf(field, List(among.Groups["list"].Value)));
        return Is().Match(predicate) is { Success: true } value ? Negate(value, new OneOf(field, [Unquoted(value.Groups["value"].Value)])) : null;
    }

    private static Condition Negate(Match match, Condition condition) => match.Groups["not"].Success ? new Not(condition) : condition;

    private static double Number(Group group) =>
        double.Parse(group.Value.Replace(",", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static List<string> List(string text) => [.. ListSeparator().Split(text).Select(Unquoted).Where(v => v.Length > 0 && v != "…")];

    private static string Unquoted(string text) => text.Trim().Trim('`', '"', '\'').Trim();

    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(@";.*$|, (?:that is|because|since|so) .*$", Options | RegexOptions.Singleline)]
    private static partial Regex Explanation();

    [GeneratedRegex(@",? or (?=(?:the \w+'s )?`[\w.]+` (?:is|mentions|contains|does|ends)\b)", Options)]
    private static partial Regex Or();

    [GeneratedRegex(@",? and (?=(?:the \w+'s )?`[\w.]+` (?:is|mentions|contains|does|ends)\b)", Options)]
    private static partial Regex And();

    [GeneratedRegex(@"^(?:the \w+'s )?`(?<field>[\w.]+)` (?<predicate>.+)$", Options | RegexOptions.Singleline)]
    private static partial Regex Atom();

    [GeneratedRegex(@"^is (?<not>not )?from a (?:free|private) (?:e-?)?mail (?:provider|service)(?: \((?<list>[^)]*)\))?$", Options)]
    private static partial Regex Mail();

    [GeneratedRegex(@"\([^)]*\)", Options)]
    private static partial Regex Parenthesis();

    [GeneratedRegex(@"^is between (?<low>-?\d[\d,]*(?:\.\d+)?) and (?<high>-?\d[\d,]*(?:\.\d+)?)$", Options)]
    private static partial Regex Between();

    [GeneratedRegex(@"^is (?<word>at least|more than|above|over|at most|less than|fewer than|below|under) (?<n>-?\d[\d,]*(?:\.\d+)?)$", Options)]
    private static partial Regex Bound();

    [GeneratedRegex(@"^(?:mentions|contains|does (?<not>not) (?:mention|contain)) (?:(?:one|any) of:? )?(?<list>.+)$", Options)]
    private static partial Regex MentionsOf();

    [GeneratedRegex(@"^(?:ends|does (?<not>not) end) (?:with|in) (?:(?:one|any) of:? )?(?<list>.+)$", Options)]
    private static partial Regex Ends();

    [GeneratedRegex(@"^is (?<not>not )?(?:one|any) of:? (?<list>.+)$", Options)]
    private static partial Regex Among();

    [GeneratedRegex(@"^is (?<not>not )?(?<value>`[^`]+`|""[^""]+""|[\w.-]+)$", Options)]
    private static partial Regex Is();

    [GeneratedRegex(@",\s*(?:or\s+)?|\s+or\s+", Options)]
    private static partial Regex ListSeparator();
}
