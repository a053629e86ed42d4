using System.Text.Json;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>A path of the answer leads to something, or to a given value; any of its places will do.</summary>
/// <param name="expected">The value; null to ask only whether there is one.</param>
/// <param name="exists">Whether there must be a place, or must be none; means nothing when a value is expected.</param>
internal sealed class JsonPathScorer(string name, string hash, JsonPath path, JsonElement? expected, bool exists) : AnswerScorer(name, hash)
{
    protected override Score Judge(Answer answer)
    {
        if (expected is { } value)
        {
            if (path.All(answer.Output).Any(place => JsonElement.DeepEquals(place, value))) return Pass($"{path} is {Quote.Json(value)}.");
            return path.First(answer.Output) is { } first
                ? Fail($"{path} is {Quote.Json(first)}; expected {Quote.Json(value)}.")
                : Fail($"{path} is missing from the answer; expected {Quote.Json(value)}.");
        }
        var found = path.First(answer.Output) is not null;
        var reason = found ? $"{path} is there" : $"{path} is missing from the answer";
        return found == exists ? Pass(reason + ".") : Fail($"{reason}; it should {(exists ? "be there" : "not be")}.");
    }
}
