using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fluid;
using Fluid.Values;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>A JSON object or array in a template: members by name, items by number or in a loop, and as text the JSON itself.</summary>
internal sealed class JsonFluidValue : FluidValue
{
    private readonly JsonElement _json;

    private JsonFluidValue(JsonElement json) => _json = json;

    public override FluidValues Type => _json.ValueKind == JsonValueKind.Array ? FluidValues.Array : FluidValues.Dictionary;

    public static FluidValue Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => new StringValue(json.GetString()!),
        JsonValueKind.Number => json.TryGetDecimal(out var number) ? NumberValue.Create(number) : new StringValue(json.GetRawText()),
        JsonValueKind.True => BooleanValue.True,
        JsonValueKind.False => BooleanValue.False,
        JsonValueKind.Object or JsonValueKind.Array => new JsonFluidValue(json),
        _ => NilValue.Instance,
    };

    public override bool Equals(FluidValue? other) => other is JsonFluidValue value && JsonElement.DeepEquals(_json, value._json);

    public override bool Equals(object? obj) => Equals(obj as FluidValue);

    public override int GetHashCode() => _json.GetRawText().GetHashCode(StringComparison.Ordinal);

    public override bool ToBooleanValue() => true;

    public override decimal ToNumberValue() => 0;

    public override string ToStringValue() => _json.GetRawText();

    public override object ToObjectValue() => _json;

    public override ValueTask WriteToAsync(TextWriter writer, TextEncoder encoder, CultureInfo cultureInfo)
    {
        writer.Write(_json.GetRawText());
        return default;
    }

    public override ValueTask<FluidValue> GetValueAsync(string name, TemplateContext context)
    {
        if (_json.ValueKind == JsonValueKind.Object) return new(_json.TryGetProperty(name, out var member) ? Of(member) : NilValue.Instance);
        return new(name switch
        {
            "size" => NumberValue.Create(_json.GetArrayLength()),
            "first" => Item(0),
            "last" => Item(_json.GetArrayLength() - 1),
            _ => NilValue.Instance,
        });
    }

    public override ValueTask<FluidValue> GetIndexAsync(FluidValue index, TemplateContext context) =>
        _json.ValueKind == JsonValueKind.Object ? GetValueAsync(index.ToStringValue(), context) : new(Item((int)index.ToNumberValue()));

    public override IEnumerable<FluidValue> Enumerate(TemplateContext context) => _json.ValueKind == JsonValueKind.Array
        ? _json.EnumerateArray().Select(Of)
        : _json.EnumerateObject().Select(p => (FluidValue)new ArrayValue([new StringValue(p.Name), Of(p.Value)]));

    private FluidValue Item(int index) => index >= 0 && index < _json.GetArrayLength() ? Of(_json[index]) : NilValue.Instance;
}
