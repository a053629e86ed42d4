using System.Text.Json;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>The answer's value equals the target's: as JSON, so 1 is 1.0 and the order of keys does not matter.</summary>
internal sealed class ExactScorer(string name, string hash, JsonPath path, bool ignoreCase) : AnswerScorer(name, hash)
{
    public override string? Lacks(Sample sample) => LacksAt(sample, path);

    protected override Score Judge(Answer answer)
    {
        var expected = Target(answer, path);
        if (path.First(answer.Output) is not { } actual) return Fail($"{path} is missing from the answer; expected {Quote.Json(expected)}.");
        return Equal(expected, actual)
            ? Pass($"{path} is {Quote.Json(actual)}.")
            : Fail($"{path} is {Quote.Json(actual)}; expected {Quote.Json(expected)}.");
    }

    private bool Equal(JsonElement expected, JsonElement actual) =>
        ignoreCase && expected.ValueKind == JsonValueKind.String && actual.ValueKind == JsonValueKind.String
            ? string.Equals(expected.GetString(), actual.GetString(), StringComparison.OrdinalIgnoreCase)
            : JsonElement.DeepEquals(expected, actual);
}
