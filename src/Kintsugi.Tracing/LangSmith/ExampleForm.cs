using System.Text.Json.Nodes;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>Examples as forms: parts `ID` with what is small, `ID.inputs` and `ID.outputs`.</summary>
internal static class ExampleForm
{
    private const int MostDeleted = 1_000;

    /// <exception cref="RefusedException">400, 413 or 415: no such form; 422: attachments, which are not kept.</exception>
    public static IReadOnlyList<(Guid Id, JsonObject Example)> Read(string? contentType, RequestBytes body)
    {
        var examples = new Dictionary<Guid, JsonObject>();
        var left = Document.MostValues;
        foreach (var part in MultipartBody.Split(contentType, body.Bytes))
        {
            var dot = part.Name.IndexOf('.', StringComparison.Ordinal);
            if (!Guid.TryParse(dot < 0 ? part.Name : part.Name[..dot], out var id) || id == Guid.Empty) throw Document.Unprocessable($"The form has a part '{Storage.Shown.Word(part.Name)}', which does not begin with an example's UUID.");
            if (!examples.TryGetValue(id, out var example)) examples[id] = example = [];
            var said = Document.Object(part.Content.ToArray(), $"The part {Storage.Shown.Word(part.Name)}", ref left);
            switch (dot < 0 ? "" : part.Name[(dot + 1)..])
            {
                case "":
                    foreach (var (name, value) in said) example[name] = value?.DeepClone();
                    break;
                case "inputs" or "outputs":
                    example[part.Name[(dot + 1)..]] = said;
                    break;
                default:
                    throw Document.Unprocessable("Attachments of examples are not kept. Put what the agent needs into `inputs`.");
            }
        }
        return [.. examples.Select(e => (e.Key, e.Value))];
    }

    /// <summary>The `example_ids` that are to be deleted.</summary>
    /// <exception cref="RefusedException">422: they are none.</exception>
    public static IReadOnlyList<Guid> Ids(JsonObject asked) =>
        asked["example_ids"] is JsonArray { Count: <= MostDeleted } list
            ? [.. list.Select(e => e is JsonValue value && value.TryGetValue<string>(out var text) && Guid.TryParse(text, out var id) ? id : throw Document.Unprocessable("`example_ids` must be UUIDs."))]
            : throw Document.Unprocessable($"`example_ids` must be a list of at most {MostDeleted} UUIDs.");
}
