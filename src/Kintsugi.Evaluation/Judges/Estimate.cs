using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kintsugi.Evaluation.Judges;

/// <summary>A number estimated from labels, with the 95 % interval of the method that made it.</summary>
public sealed record Estimate(
    [property: JsonConverter(typeof(FourDecimals))] double Value,
    [property: JsonConverter(typeof(FourDecimals))] double Low,
    [property: JsonConverter(typeof(FourDecimals))] double High)
{
    /// <summary>1 − confidence of every interval on a card.</summary>
    public const double Error = 0.05;
}

/// <summary>Figures are written for people, and must be the same text wherever they are computed: the last bits of a quantile are not.</summary>
internal sealed class FourDecimals : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(Math.Round(value, 4) + 0.0); // + 0: no "-0"
}
