using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>One JSON object of a request, of which every member must be accounted for: what nobody took is refused by <see cref="End"/>.</summary>
/// <remarks>A member that is null counts as absent everywhere.</remarks>
internal sealed class Members
{
    private readonly JsonElement _object;
    private readonly string _path;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <param name="path">Where the object stands in the request; empty for the request itself.</param>
    /// <exception cref="UntranslatableException">It is not an object.</exception>
    public Members(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw path.Length == 0 ? new UntranslatableException("The body is not a JSON object.") : Refuse(path, "is not an object.");
        (_object, _path) = (value, path);
    }

    public static UntranslatableException Refuse(string path, string why) => new($"'{Json.Shown(path)}' {Json.Shown(why)}");

    public string At(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    public JsonElement? Take(string name)
    {
        _known.Add(name);
        return _object.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public string? Text(string name) => Take(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw Refuse(At(name), "is not a string."),
    };

    public string RequiredText(string name) => Text(name) is { Length: > 0 } text ? text : throw Refuse(At(name), "is missing or empty.");

    public bool? Flag(string name) => Take(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Refuse(At(name), "is neither true nor false."),
    };

    public double? Number(string name) => Take(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
        _ => throw Refuse(At(name), "is not a number."),
    };

    public long? Count(string name) => Take(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var count) && count > 0 => count,
        _ => throw Refuse(At(name), "is not a positive whole number."),
    };

    public JsonElement? Schema(string name) => Take(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } schema => schema,
        _ => throw Refuse(At(name), "is not a JSON Schema object."),
    };

    public Members? Object(string name) => Take(name) is { } value ? new Members(value, At(name)) : null;

    /// <returns>Empty when it is absent.</returns>
    public IEnumerable<(JsonElement Value, string Path)> List(string name)
    {
        if (Take(name) is not { } list) return [];
        if (list.ValueKind != JsonValueKind.Array) throw Refuse(At(name), "is not an array.");
        return list.EnumerateArray().Select((value, i) => (value, $"{At(name)}[{i}]"));
    }

    public IEnumerable<Members> Objects(string name) => List(name).Select(item => new Members(item.Value, item.Path));

    /// <summary>Takes members that never reach a model, whatever they hold.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) _known.Add(name);
    }

    /// <summary>Takes a member that can only be left as it is by default.</summary>
    /// <param name="neutral">The values, as JSON, that ask for nothing.</param>
    public void Expect(string name, params ReadOnlySpan<string> neutral)
    {
        if (Take(name) is not { } value) return;
        foreach (var json in neutral)
        {
            if (JsonElement.DeepEquals(value, JsonElement.Parse(json))) return;
        }
        throw NoCounterpart(name);
    }

    /// <exception cref="UntranslatableException">A member was not taken.</exception>
    public void End()
    {
        foreach (var member in _object.EnumerateObject())
        {
            if (!_known.Contains(member.Name) && member.Value.ValueKind != JsonValueKind.Null) throw NoCounterpart(member.Name);
        }
    }

    private UntranslatableException NoCounterpart(string name) =>
        Refuse(At(name), "has no counterpart in the format of the provider that would answer. Leave it out, or name a model whose provider speaks the format of this request.");
}
