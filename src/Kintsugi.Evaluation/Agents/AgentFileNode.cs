using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kintsugi.Evaluation.Agents;

/// <summary>A value of a YAML file with the line it stands on.</summary>
/// <param name="Line">1 is the first.</param>
internal abstract record AgentFileNode(int Line)
{
    /// <summary>The value as JSON, plain words resolved as YAML 1.2's core schema does.</summary>
    public abstract JsonNode? ToJson();

    /// <summary>What it is, for a message.</summary>
    public abstract string Kind { get; }
}

internal sealed record AgentFileMap(int Line, IReadOnlyList<(string Key, int KeyLine, AgentFileNode Value)> Entries) : AgentFileNode(Line)
{
    public override string Kind => "a map";

    public AgentFileNode? this[string key] => Entries.FirstOrDefault(e => e.Key == key).Value;

    public override JsonNode ToJson() => new JsonObject(Entries.Select(e => KeyValuePair.Create(e.Key, e.Value.ToJson())));
}

internal sealed record AgentFileList(int Line, IReadOnlyList<AgentFileNode> Items) : AgentFileNode(Line)
{
    public override string Kind => "a list";

    public override JsonNode ToJson() => new JsonArray([.. Items.Select(i => i.ToJson())]);
}

/// <param name="Plain">Written without quotation marks, so it may be a number, a flag or nothing.</param>
internal sealed partial record AgentFileScalar(int Line, string Text, bool Plain) : AgentFileNode(Line)
{
    public bool IsNothing => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

    public bool? Flag => !Plain ? null : Text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    public double? Number
    {
        get
        {
            if (!Plain || Text.Length > 40 || !NumberForm().IsMatch(Text)) return null;
            var value = double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);
            return double.IsFinite(value) ? value : null;
        }
    }

    /// <summary>Whether YAML reads it as a word.</summary>
    public bool IsText => !IsNothing && Flag is null && Number is null;

    public override string Kind => IsNothing ? "empty" : Flag is not null ? "true or false" : Number is not null ? "a number" : "text";

    public override JsonNode? ToJson()
    {
        if (IsNothing) return null;
        if (Flag is { } flag) return JsonValue.Create(flag);
        if (Number is not { } number) return JsonValue.Create(Text);
        return Math.Abs(number) < 1e15 && double.IsInteger(number) ? JsonValue.Create((long)number) : JsonValue.Create(number);
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex NumberForm();
}
