using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>The answer's text holds another.</summary>
/// <param name="text">What it must hold; null for the target's text at the same path.</param>
internal sealed class ContainsScorer(string name, string hash, JsonPath path, string? text, bool ignoreCase) : AnswerScorer(name, hash)
{
    public override string? Lacks(Sample sample)
    {
        if (text is not null) return null;
        if (LacksAt(sample, path) is { } problem) return problem;
        return path.First(sample.Target!.Value)!.Value.ValueKind == JsonValueKind.String
            ? null
            : $"has at {path} of its 'target' no text, which the scorer '{Name}' needs. Write a string, or give the scorer a 'text'.";
    }

    protected override Score Judge(Answer answer)
    {
        var wanted = text ?? Target(answer, path).GetString()!;
        if (path.First(answer.Output) is not { } place) return Fail($"{path} is missing from the answer; it should hold '{Shown.Word(wanted)}'.");
        return Quote.Text(place).Contains(wanted, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)
            ? Pass($"{path} holds '{Shown.Word(wanted)}'.")
            : Fail($"{path} is {Quote.Json(place)}; it should hold '{Shown.Word(wanted)}'.");
    }
}
