using System.Text.Json;
using CsCheck;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Tests.Evaluation.Datasets.Exchange;

/// <summary>Samples of every shape, without ids.</summary>
internal static class ExchangeDrafts
{
    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.String[Gen.Char["ab \"'{[,;:\n=+-@0é\u2028"], 0, 10], Gen.Int[0, 7].Select(i => ((string[])["5", "true", "null", "-", "\"", "{\"a\":1}", "1e5", " 7"])[i]));

    private static readonly Gen<JsonElement> Values = Gen.OneOf(
        Words.Select(w => JsonSerializer.SerializeToElement(w)),
        Gen.Int.Select(i => JsonSerializer.SerializeToElement(i)),
        Gen.Select(Words, Words).Select((a, b) => JsonSerializer.SerializeToElement(new Dictionary<string, object> { ["q"] = a, ["rest"] = new[] { b } })),
        Words.Select(w => JsonSerializer.SerializeToElement(new Dictionary<string, object> { ["input"] = w })),
        Words.Select(w => JsonSerializer.SerializeToElement(new[] { w })));

    public static readonly Gen<SampleDraft> Any = Gen.Select(Values, Gen.Bool, Values, Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 2]).Select((input, hasTarget, target, tags, critical, split) => new SampleDraft(
        null, input, hasTarget ? target : null, [.. Enumerable.Range(0, tags).Select(i => $"tag {i}")], tags == 1 ? "family é" : null, critical, split switch { 0 => null, 1 => "held_out", _ => "visible" }));
}
