namespace Kintsugi.Models.Providers.Simulated;

/// <summary>How a model reads numbers.</summary>
/// <param name="AtLeastIsMoreThan">Whether bounds are taken to be exclusive where they are not.</param>
internal readonly record struct Reading(bool AtLeastIsMoreThan);

/// <summary>The part of a rubric line after "when".</summary>
internal abstract record Condition
{
    public abstract bool Holds(Facts facts, Reading reading);
}

internal sealed record Any(IReadOnlyList<Condition> Parts) : Condition
{
    public override bool Holds(Facts facts, Reading reading) => Parts.Any(p => p.Holds(facts, reading));
}

internal sealed record All(IReadOnlyList<Condition> Parts) : Condition
{
    public override bool Holds(Facts facts, Reading reading) => Parts.All(p => p.Holds(facts, reading));
}

internal sealed record Not(Condition Inner) : Condition
{
    public override bool Holds(Facts facts, Reading reading) => !Inner.Holds(facts, reading);
}

/// <summary>A number within bounds; a field that is missing or no number is within none.</summary>
internal sealed record Within(string Field, double Low, bool LowIncluded, double High, bool HighIncluded) : Condition
{
    public override bool Holds(Facts facts, Reading reading) =>
        facts.Number(Field) is { } number
        && (number > Low || (number.Equals(Low) && LowIncluded && !reading.AtLeastIsMoreThan))
        && (number < High || (number.Equals(High) && HighIncluded && !reading.AtLeastIsMoreThan));
}

internal sealed record Missing(string Field) : Condition
{
    public override bool Holds(Facts facts, Reading reading) => string.IsNullOrWhiteSpace(facts.Find(Field));
}

internal sealed record OneOf(string Field, IReadOnlyList<string> Values) : Condition
{
    public override bool Holds(Facts facts, Reading reading) =>
        facts.Find(Field) is { } value && Values.Any(v => string.Equals(v, value.Trim(), StringComparison.OrdinalIgnoreCase));
}

/// <summary>Whole words: `seo` is not found in "Seoul".</summary>
internal sealed record Mentions(string Field, IReadOnlyList<string> Terms) : Condition
{
    public override bool Holds(Facts facts, Reading reading) => facts.Find(Field) is { } text && Terms.Any(t => ContainsWord(text, t));

    private static bool ContainsWord(string text, string term)
    {
        for (var at = 0; (at = text.IndexOf(term, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            var end = at + term.Length;
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end]))) return true;
        }
        return false;
    }
}

internal sealed record EndsWith(string Field, IReadOnlyList<string> Endings) : Condition
{
    public override bool Holds(Facts facts, Reading reading) =>
        facts.Find(Field) is { } text && Endings.Any(e => text.TrimEnd().EndsWith(e, StringComparison.OrdinalIgnoreCase));
}

/// <summary>An address at one of these domains.</summary>
internal sealed record MailAt(string Field, IReadOnlyList<string> Domains) : Condition
{
    /// <summary>What a model knows to be free mail when the prompt does not list it.</summary>
    public static readonly IReadOnlyList<string> FreeMail =
        ["gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "web.de", "proton.me", "mail.ru", "qq.com"];

    public override bool Holds(Facts facts, Reading reading)
    {
        var address = facts.Find(Field)?.Trim();
        if (address is null || address.LastIndexOf('@') is var at && at < 0) return false;
        var domain = address[(at + 1)..];
        return Domains.Any(d => string.Equals(d, domain, StringComparison.OrdinalIgnoreCase));
    }
}
