using System.Globalization;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>The answer's number lies near the target's.</summary>
/// <param name="within">Greatest distance, inclusive: in units of the number, or in percent of the target's magnitude.</param>
internal sealed class NumberScorer(string name, string hash, JsonPath path, double within, bool percent) : AnswerScorer(name, hash)
{
    /// <summary>Ten roundings of a double at the magnitude of the numbers compared: 0.3 is within 0.1 of 0.2, whatever binary says.</summary>
    private const double Rounding = 10 * 2.220446049250313e-16;

    public override string? Lacks(Sample sample)
    {
        if (LacksAt(sample, path) is { } problem) return problem;
        return Read(path.First(sample.Target!.Value)!.Value) is null
            ? $"has at {path} of its 'target' no number, which the scorer '{Name}' needs. Write one, or use the scorer 'exact'."
            : null;
    }

    protected override Score Judge(Answer answer)
    {
        var expected = Read(Target(answer, path))!.Value;
        if (path.First(answer.Output) is not { } element) return Fail($"{path} is missing from the answer; expected {Show(expected)}.");
        if (Read(element) is not { } actual) return Fail($"{path} is {Quote.Json(element)}, not a number; expected {Show(expected)}.");
        var allowed = percent ? Math.Abs(expected) * within / 100 : within;
        var distance = Math.Abs(actual - expected);
        return distance <= allowed + Rounding * Math.Max(Math.Abs(actual), Math.Abs(expected))
            ? Pass($"{path} is {Show(actual)}, within {Tolerance} of {Show(expected)}.")
            : Fail($"{path} is {Show(actual)}; expected {Show(expected)} within {Tolerance}.");
    }

    private string Tolerance => Show(within) + (percent ? " %" : "");

    private static double? Read(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var value) && double.IsFinite(value) ? value : null;

    private static string Show(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
