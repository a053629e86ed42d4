using System.Text.RegularExpressions;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>The answer's text matches a pattern somewhere; anchors in the pattern bind it to the ends.</summary>
internal sealed class RegexScorer(string name, string hash, JsonPath path, Regex pattern) : AnswerScorer(name, hash)
{
    /// <exception cref="ArgumentException">The pattern is none, or needs backtracking.</exception>
    public static Regex Compile(string pattern)
    {
        try
        {
            // An answer is hostile input: only an engine that takes linear time may read it.
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException("Look-around, back-references and atomic groups are not spoken here.", e);
        }
    }

    protected override Score Judge(Answer answer)
    {
        if (path.First(answer.Output) is not { } place) return Fail($"{path} is missing from the answer; it should match '{Shown.Word(pattern.ToString())}'.");
        return pattern.IsMatch(Quote.Text(place))
            ? Pass($"{path} matches.")
            : Fail($"{path} is {Quote.Json(place)}; it should match '{Shown.Word(pattern.ToString())}'.");
    }
}
