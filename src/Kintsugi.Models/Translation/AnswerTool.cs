namespace Kintsugi.Models.Translation;

/// <summary>JSON mode for a dialect without one that all models know: the model must call a tool, whose input is the answer's text.</summary>
internal static class AnswerTool
{
    public const string Description = "Gives the answer. Its input is the answer itself.";

    /// <returns>Null when no JSON is asked for, or when the model has to call one of the caller's own tools, so that it gives no text at all.</returns>
    public static string? NameFor(Conversation conversation)
    {
        if (conversation.Format is null || conversation.Choice.Kind is ToolChoiceKind.Required or ToolChoiceKind.Named) return null;
        var name = "json_answer";
        for (var n = 2; conversation.Tools.Any(tool => tool.Name == name); n++) name = $"json_answer_{n}";
        return name;
    }
}
