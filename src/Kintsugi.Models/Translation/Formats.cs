namespace Kintsugi.Models.Translation;

/// <summary>What both of OpenAI's formats say alike of JSON mode.</summary>
internal static class Formats
{
    /// <param name="schema">Where name, description, schema and strict stand.</param>
    /// <returns>Null for text.</returns>
    public static AnswerFormat? Read(string kind, Members format, Members schema) => kind switch
    {
        "text" => null,
        "json_object" => new AnswerFormat("answer", null, null, null, format.At("type")),
        "json_schema" => new AnswerFormat(
            schema.RequiredText("name"), schema.Text("description"), schema.Schema("schema"), schema.Flag("strict"), schema.At("schema")),
        _ => throw Members.Refuse(format.At("type"), $"is '{kind}'. Say text, json_object or json_schema."),
    };
}
