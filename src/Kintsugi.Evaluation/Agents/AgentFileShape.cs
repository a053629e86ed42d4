using System.Globalization;
using System.Text.RegularExpressions;

namespace Kintsugi.Evaluation.Agents;

/// <summary>What may stand at a place of kintsugi.yaml. One table of shapes both checks the file and makes the published JSON Schema.</summary>
/// <param name="About">What the key means, as an editor shows it.</param>
internal abstract record AgentFileShape(string About);

/// <param name="Pattern">A regular expression that ECMAScript and .NET read alike; null for any text.</param>
/// <param name="Expected">What to write instead, when the pattern does not match.</param>
/// <param name="Loose">Whether a number or a flag may stand for its own spelling.</param>
internal sealed record TextShape(string About, string? Pattern = null, string Expected = "text", bool Loose = false) : AgentFileShape(About)
{
    public const int Longest = 4096;

    // .NET's `$` also matches before a last newline, ECMAScript's does not.
    public bool Matches(string text) => Pattern is null || (!text.EndsWith('\n') && Regex.IsMatch(text, Pattern, RegexOptions.ECMAScript | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)));
}

/// <param name="Instead">What to do for words that are not in the list but that somebody could well write.</param>
internal sealed record WordShape(string About, IReadOnlyList<string> Words, Func<string, string?>? Instead = null) : AgentFileShape(About);

/// <param name="Least">Inclusive, unless <paramref name="Above"/>.</param>
/// <param name="Most">Inclusive, unless <paramref name="Below"/>.</param>
internal sealed record NumberShape(
    string About, double Least, double Most = NumberShape.Unbounded, bool Above = false, bool Below = false, bool Whole = false) : AgentFileShape(About)
{
    public const double Unbounded = 1e15;

    public bool Allows(double value) =>
        (Above ? value > Least : value >= Least) && (Most >= Unbounded || (Below ? value < Most : value <= Most)) && (!Whole || double.IsInteger(value));

    public string Expected => string.Create(
        CultureInfo.InvariantCulture,
        $"a {(Whole ? "whole " : "")}number {(Above ? "above" : "of at least")} {Least}{(Most >= Unbounded ? "" : $" and {(Below ? "below" : "at most")} {Most}")}");
}

internal sealed record FlagShape(string About) : AgentFileShape(About);

/// <param name="OrOne">Whether one item may stand without its list.</param>
internal sealed record ListShape(string About, AgentFileShape Item, bool OrOne = false, int Least = 0) : AgentFileShape(About);

/// <summary>A word for the simple case, a map for the rest.</summary>
internal sealed record TextOrMapShape(string About, TextShape Text, ObjectShape Map) : AgentFileShape(About);

/// <summary>A map whose keys are the user's own.</summary>
internal sealed record NamedShape(string About, AgentFileShape Value, string KeyPattern = "^[^\\s/]{1,200}$") : AgentFileShape(About);

/// <summary>A map whose keys are ours.</summary>
/// <param name="OneOf">Keys of which exactly one must stand there.</param>
internal sealed record ObjectShape(string About, IReadOnlyList<AgentFileKey> Keys, IReadOnlyList<string>? OneOf = null) : AgentFileShape(About);

/// <summary>A value that is checked later, or not at all.</summary>
internal sealed record AnyShape(string About) : AgentFileShape(About);

/// <param name="Later">What happens until the product honours the key, as a sentence; null if it does.</param>
internal sealed record AgentFileKey(string Name, AgentFileShape Shape, bool Required = false, string? Later = null);
