using System.Text.Json;

namespace Kintsugi.Tests.Models.Sdks;

/// <summary>What a vendor reads out of a request, whatever its format.</summary>
/// <param name="Text">The last that the user said.</param>
/// <param name="Images">Each as `image/png of 70 bytes`.</param>
/// <param name="Results">What tools answered since, each as `name: result`.</param>
internal sealed record VendorQuestion(
    string Model, string Text, IReadOnlyList<string> Images, IReadOnlyList<string> Tools, IReadOnlyList<string> Results, bool WantsJson, bool IsStreamed, bool WantsUsage,
    long? MostTokens)
{
    /// <summary>How the numbers of an embedding are wanted.</summary>
    public bool WantsBase64 { get; init; }

    /// <exception cref="BadQuestionException">The vendor would refuse it with status 400.</exception>
    public static VendorQuestion Read(string path, JsonElement body) => path switch
    {
        "/v1/chat/completions" => ReadChat(body),
        "/v1/responses" => ReadResponses(body),
        "/v1/messages" or "/v1/messages/count_tokens" => ReadMessages(body, isCount: path.EndsWith("count_tokens", StringComparison.Ordinal)),
        "/v1/embeddings" => ReadEmbeddings(body),
        _ => throw new BadQuestionException($"The stub does not serve {path}."),
    };

    private static VendorQuestion ReadChat(JsonElement body)
    {
        var talk = new Conversation();
        foreach (var message in body.GetProperty("messages").EnumerateArray())
            switch (message.GetProperty("role").GetString())
            {
                case "user":
                    talk.UserSays();
                    foreach (var part in Parts(message.GetProperty("content")))
                        if (part.Type == "text") talk.Say(part.Text!);
                        else if (part.Type == "image_url") talk.ShowDataUrl(part.Json.GetProperty("image_url").GetProperty("url").GetString()!);
                        else throw new BadQuestionException($"A user's part of type '{part.Type}' is not known.");
                    break;
                case "assistant" when message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array:
                    foreach (var call in calls.EnumerateArray())
                        talk.Called(call.GetProperty("id").GetString()!, call.GetProperty("function").GetProperty("name").GetString()!, call.GetProperty("function").GetProperty("arguments").GetString()!);
                    break;
                case "tool":
                    talk.Answered(message.GetProperty("tool_call_id").GetString()!, Joined(message.GetProperty("content")));
                    break;
            }
        var streamed = IsTrue(body, "stream");
        return talk.AsQuestion(
            body,
            Offered(body, tool => tool.GetProperty("function")),
            Type(body, "response_format") is "json_object" or "json_schema",
            streamed && body.TryGetProperty("stream_options", out var options) && IsTrue(options, "include_usage"),
            Number(body, "max_completion_tokens") ?? Number(body, "max_tokens"));
    }

    private static VendorQuestion ReadResponses(JsonElement body)
    {
        var talk = new Conversation();
        var input = body.GetProperty("input");
        if (input.ValueKind == JsonValueKind.String) talk.Say(input.GetString()!);
        else
            foreach (var item in input.EnumerateArray())
                switch (item.TryGetProperty("type", out var type) ? type.GetString() : "message")
                {
                    case "message" when item.GetProperty("role").GetString() == "user":
                        talk.UserSays();
                        foreach (var part in Parts(item.GetProperty("content")))
                            if (part.Type is "input_text" or "text") talk.Say(part.Text!);
                            else if (part.Type == "input_image") talk.ShowDataUrl(part.Json.GetProperty("image_url").GetString()!);
                            else throw new BadQuestionException($"An input part of type '{part.Type}' is not known.");
                        break;
                    case "function_call":
                        talk.Called(item.GetProperty("call_id").GetString()!, item.GetProperty("name").GetString()!, item.GetProperty("arguments").GetString()!);
                        break;
                    case "function_call_output":
                        talk.Answered(item.GetProperty("call_id").GetString()!, Joined(item.GetProperty("output")));
                        break;
                }
        var wantsJson = body.TryGetProperty("text", out var text) && Type(text, "format") is "json_object" or "json_schema";
        return talk.AsQuestion(body, Offered(body, tool => tool), wantsJson, wantsUsage: true, Number(body, "max_output_tokens"));
    }

    private static VendorQuestion ReadMessages(JsonElement body, bool isCount)
    {
        if (!isCount && Number(body, "max_tokens") is null) throw new BadQuestionException("max_tokens: Field required");
        var talk = new Conversation();
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            var isUser = message.GetProperty("role").GetString() == "user";
            if (isUser && !Parts(message.GetProperty("content")).Any(part => part.Type == "tool_result")) talk.UserSays();
            foreach (var part in Parts(message.GetProperty("content")))
                switch (part.Type)
                {
                    case "text" when isUser:
                        talk.Say(part.Text!);
                        break;
                    case "image":
                        var source = part.Json.GetProperty("source");
                        talk.Show(source.GetProperty("media_type").GetString()!, source.GetProperty("data").GetString()!);
                        break;
                    case "tool_use":
                        talk.Called(part.Json.GetProperty("id").GetString()!, part.Json.GetProperty("name").GetString()!, part.Json.GetProperty("input").GetRawText());
                        break;
                    case "tool_result":
                        talk.Answered(part.Json.GetProperty("tool_use_id").GetString()!, Joined(part.Json.GetProperty("content")));
                        break;
                }
        }
        var wantsJson = Type(body, "output_format") == "json_schema" || (body.TryGetProperty("output_config", out var output) && Type(output, "format") == "json_schema");
        return talk.AsQuestion(body, Offered(body, tool => tool), wantsJson, wantsUsage: true, Number(body, "max_tokens"));
    }

    private static VendorQuestion ReadEmbeddings(JsonElement body)
    {
        var talk = new Conversation();
        var input = body.GetProperty("input");
        if (input.ValueKind == JsonValueKind.String) talk.Say(input.GetString()!);
        else foreach (var one in input.EnumerateArray()) talk.Say(one.GetString()!);
        return talk.AsQuestion(body, [], wantsJson: false, wantsUsage: true, mostTokens: null) with { WantsBase64 = body.TryGetProperty("encoding_format", out var format) && format.GetString() == "base64" };
    }

    private static IEnumerable<(string Type, string? Text, JsonElement Json)> Parts(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String) yield return ("text", content.GetString(), content);
        else
            foreach (var part in content.EnumerateArray())
                yield return (part.GetProperty("type").GetString()!, part.TryGetProperty("text", out var text) ? text.GetString() : null, part);
    }

    private static string Joined(JsonElement content) => string.Concat(Parts(content).Select(part => part.Text));

    private static string[] Offered(JsonElement body, Func<JsonElement, JsonElement> named) =>
        body.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array
            ? [.. tools.EnumerateArray().Select(tool => named(tool).GetProperty("name").GetString()!)]
            : [];

    private static string? Type(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value.GetProperty("type").GetString() : null;

    private static long? Number(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;

    private static bool IsTrue(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>What was said so far, held to the rules of the vendors: no result without its call, arguments that are JSON, images that are base64.</summary>
    private sealed class Conversation
    {
        private readonly Dictionary<string, string> _calls = [];
        private readonly List<string> _images = [];
        private readonly List<string> _results = [];
        private string _text = "";

        public void UserSays()
        {
            _text = "";
            _results.Clear();
        }

        public void Say(string text) => _text += text;

        public void Show(string mediaType, string base64) => _images.Add($"{mediaType} of {Convert.FromBase64String(base64).Length} bytes");

        public void ShowDataUrl(string url)
        {
            if (!url.StartsWith("data:", StringComparison.Ordinal) || url.Split(";base64,") is not [var type, var data]) throw new BadQuestionException("The image is no data URL.");
            Show(type["data:".Length..], data);
        }

        public void Called(string id, string name, string arguments)
        {
            using var parsed = JsonDocument.Parse(arguments);
            _calls.Add(id, name);
        }

        public void Answered(string id, string result) =>
            _results.Add(_calls.TryGetValue(id, out var name) ? $"{name}: {result}" : throw new BadQuestionException($"The result of '{id}' answers no call."));

        public VendorQuestion AsQuestion(JsonElement body, string[] tools, bool wantsJson, bool wantsUsage, long? mostTokens) => new(
            body.GetProperty("model").GetString()!, _text, [.. _images], tools, [.. _results], wantsJson, IsTrue(body, "stream"), wantsUsage, mostTokens);
    }
}

/// <summary>A request that the vendor refuses.</summary>
internal sealed class BadQuestionException(string message) : Exception(message);
