using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>What a response repeats of its request.</summary>
internal sealed class ResponsesEcho(JsonElement request)
{
    /// <summary>Members and what the service says where the request does not.</summary>
    private static readonly (string Name, string Otherwise)[] Repeated =
    [
        ("instructions", "null"), ("max_output_tokens", "null"), ("metadata", "{}"), ("parallel_tool_calls", "true"), ("reasoning", "{}"),
        ("temperature", "1"), ("text", """{"format":{"type":"text"}}"""), ("tool_choice", "\"auto\""), ("tools", "[]"), ("top_p", "1"),
        ("truncation", "\"disabled\""), ("user", "null"),
    ];

    public void Write(Utf8JsonWriter json)
    {
        foreach (var (name, otherwise) in Repeated)
        {
            json.WritePropertyName(name);
            (request.Member(name) ?? JsonElement.Parse(otherwise)).WriteTo(json);
        }
    }
}
