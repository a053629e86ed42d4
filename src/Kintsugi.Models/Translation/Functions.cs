using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>What both of OpenAI's formats say alike of functions.</summary>
internal static class Functions
{
    /// <summary>Functions alone can be carried: every other kind of tool runs at one vendor.</summary>
    public static void Expect(Members tool)
    {
        var kind = tool.RequiredText("type");
        if (kind != "function") throw Members.Refuse(tool.At("type"), $"is '{kind}': only tools of type 'function' can be translated, all others belong to one vendor.");
    }

    /// <param name="function">Holds name, description, parameters and strict, and nothing else that was not taken.</param>
    public static Tool Read(Members function)
    {
        var read = new Tool(
            function.RequiredText("name"), function.Text("description"), function.Schema("parameters"), function.Flag("strict"), function.At("parameters"));
        function.End();
        return read;
    }

    public static ToolChoice ReadChoiceWord(Members request) => request.Text("tool_choice") switch
    {
        null or "auto" => new ToolChoice(ToolChoiceKind.Auto),
        "none" => new ToolChoice(ToolChoiceKind.None),
        "required" => new ToolChoice(ToolChoiceKind.Required),
        var word => throw Members.Refuse(request.At("tool_choice"), $"is '{word}'. Say auto, none, required or the name of a function."),
    };

    public static IReadOnlyList<string> Texts(Members members, string name) =>
        [.. members.List(name).Select(item => item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString()! : throw Members.Refuse(item.Path, "is not a string."))];
}
