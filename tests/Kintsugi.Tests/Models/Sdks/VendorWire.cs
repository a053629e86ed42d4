using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kintsugi.Tests.Models.Sdks;

/// <summary>The formats as OpenAI (API reference: chat, responses, embeddings, models) and Anthropic (API reference: messages, streaming, models) publish them.</summary>
internal static class VendorWire
{
    private const int Created = 1_760_000_000;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly IReadOnlyList<string> Models = ["stub-1", "stub-1-mini"];

    public static object Whole(string path, VendorQuestion question, VendorReply reply) => path switch
    {
        "/v1/chat/completions" => Completion(question.Model, reply),
        "/v1/responses" => Response(question.Model, reply, Output(reply), isDone: true),
        "/v1/messages" => Message(question.Model, reply),
        "/v1/messages/count_tokens" => new { input_tokens = VendorReply.InputTokens },
        _ => new
        {
            @object = "list",
            data = new[] { new { @object = "embedding", index = 0, embedding = question.WantsBase64 ? Base64 : (object)Embedding } },
            model = question.Model,
            usage = new { prompt_tokens = VendorReply.InputTokens, total_tokens = VendorReply.InputTokens },
        },
    };

    public static IReadOnlyList<float> Embedding { get; } = [0.5f, -1f, 2f];

    /// <summary>The form that OpenAI's clients ask for: little-endian floats.</summary>
    private static string Base64 { get; } = Convert.ToBase64String([.. Embedding.SelectMany(BitConverter.GetBytes)]);

    /// <summary>Each event with its blank line.</summary>
    public static IEnumerable<string> Events(string path, VendorQuestion question, VendorReply reply) => path switch
    {
        "/v1/chat/completions" => CompletionEvents(question, reply).Select(data => $"data: {Json(data)}\n\n").Append("data: [DONE]\n\n"),
        "/v1/responses" => Numbered(ResponseEvents(question.Model, reply)).Select(Named),
        _ => MessageEvents(question.Model, reply).Select(Named),
    };

    public static object Error(bool isAnthropic, int status, string type, string message, string? code = null) => isAnthropic
        ? new { type = "error", error = new { type, message }, request_id = "req_1" }
        : new { error = new { message, type, param = (string?)null, code } };

    public static string ErrorEvent(string path) => path switch
    {
        "/v1/messages" => Named(new { type = "error", error = new { type = "overloaded_error", message = "Overloaded" } }),
        "/v1/responses" => Named(new { type = "error", code = "server_error", message = "Overloaded", param = (string?)null, sequence_number = 3 }),
        _ => $"data: {Json(Error(false, 503, "server_error", "Overloaded"))}\n\n",
    };

    public static object List(bool isAnthropic) => isAnthropic
        ? new { data = Models.Select(id => new { type = "model", id, display_name = id, created_at = "2026-01-01T00:00:00Z" }), has_more = false, first_id = Models[0], last_id = Models[^1] }
        : new { @object = "list", data = Models.Select(id => new { id, @object = "model", created = Created, owned_by = "stub" }) };

    public static string Json(object value) => JsonSerializer.Serialize(value, Plain);

    private static string Named(object data)
    {
        var type = JsonSerializer.SerializeToElement(data).GetProperty("type").GetString();
        return $"event: {type}\ndata: {Json(data)}\n\n";
    }

    private static object Completion(string model, VendorReply reply) => new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        created = Created,
        model,
        choices = new[]
        {
            new
            {
                index = 0,
                message = reply.Calls.Count == 0
                    ? new { role = "assistant", content = reply.Text, refusal = (string?)null, annotations = Array.Empty<object>() }
                    : (object)new { role = "assistant", content = (string?)null, refusal = (string?)null, tool_calls = reply.Calls.Select(call => new { id = call.Id, type = "function", function = new { name = call.Name, arguments = call.Arguments } }) },
                logprobs = (object?)null,
                finish_reason = ChatFinish(reply),
            },
        },
        usage = ChatUsage,
        service_tier = "default",
        system_fingerprint = "fp_1",
    };

    private static object ChatUsage => new
    {
        prompt_tokens = VendorReply.InputTokens,
        completion_tokens = VendorReply.OutputTokens,
        total_tokens = VendorReply.InputTokens + VendorReply.OutputTokens,
        prompt_tokens_details = new { cached_tokens = 4, audio_tokens = 0 },
        completion_tokens_details = new { reasoning_tokens = 0, audio_tokens = 0, accepted_prediction_tokens = 0, rejected_prediction_tokens = 0 },
    };

    private static string ChatFinish(VendorReply reply) => reply.Finish == "tools" ? "tool_calls" : reply.Finish;

    private static IEnumerable<object> CompletionEvents(VendorQuestion question, VendorReply reply)
    {
        yield return Chunk(new { role = "assistant", content = reply.Calls.Count == 0 ? "" : null, refusal = (string?)null });
        foreach (var piece in reply.Pieces) yield return Chunk(new { content = piece });
        for (var n = 0; n < reply.Calls.Count; n++)
        {
            var call = reply.Calls[n];
            yield return Chunk(new { tool_calls = new[] { new { index = n, id = call.Id, type = "function", function = new { name = call.Name, arguments = "" } } } });
            foreach (var piece in VendorReply.Cut(call.Arguments)) yield return Chunk(new { tool_calls = new[] { new { index = n, function = new { arguments = piece } } } });
        }
        yield return Chunk(new { }, ChatFinish(reply));
        if (question.WantsUsage)
            yield return new { id = "chatcmpl-1", @object = "chat.completion.chunk", created = Created, model = question.Model, system_fingerprint = "fp_1", choices = Array.Empty<object>(), usage = ChatUsage };

        object Chunk(object delta, string? finish = null) => new
        {
            id = "chatcmpl-1",
            @object = "chat.completion.chunk",
            created = Created,
            model = question.Model,
            system_fingerprint = "fp_1",
            choices = new[] { new { index = 0, delta, logprobs = (object?)null, finish_reason = finish } },
            usage = (object?)null,
        };
    }

    private static object[] Output(VendorReply reply) => reply.Calls.Count == 0
        ? [TextItem(reply, "completed", [TextPart(reply.Text)])]
        : [.. reply.Calls.Select((call, n) => CallItem(call, n, "completed", call.Arguments))];

    private static object TextItem(VendorReply reply, string status, object[] content) => new
    {
        id = "msg_1",
        type = "message",
        status = reply.Finish == "length" && status == "completed" ? "incomplete" : status,
        role = "assistant",
        content,
    };

    private static object TextPart(string text) => new { type = "output_text", text, annotations = Array.Empty<object>(), logprobs = Array.Empty<object>() };

    private static object CallItem(ToolCall call, int n, string status, string arguments) =>
        new { id = $"fc_{n}", type = "function_call", status, call_id = call.Id, name = call.Name, arguments };

    private static object Response(string model, VendorReply reply, object[] output, bool isDone) => new
    {
        id = "resp_1",
        @object = "response",
        created_at = Created,
        status = !isDone ? "in_progress" : reply.Finish == "length" ? "incomplete" : "completed",
        background = false,
        error = (object?)null,
        incomplete_details = isDone && reply.Finish == "length" ? new { reason = "max_output_tokens" } : null,
        instructions = (string?)null,
        max_output_tokens = (int?)null,
        model,
        output,
        parallel_tool_calls = true,
        previous_response_id = (string?)null,
        reasoning = new { effort = (string?)null, summary = (string?)null },
        store = false,
        temperature = 1.0,
        text = new { format = new { type = "text" } },
        tool_choice = "auto",
        tools = Array.Empty<object>(),
        top_p = 1.0,
        truncation = "disabled",
        usage = !isDone
            ? null
            : new
            {
                input_tokens = VendorReply.InputTokens,
                input_tokens_details = new { cached_tokens = 4 },
                output_tokens = VendorReply.OutputTokens,
                output_tokens_details = new { reasoning_tokens = 0 },
                total_tokens = VendorReply.InputTokens + VendorReply.OutputTokens,
            },
        user = (string?)null,
        metadata = new { },
    };

    private static IEnumerable<object> ResponseEvents(string model, VendorReply reply)
    {
        var begun = Response(model, reply, [], isDone: false);
        yield return new { type = "response.created", response = begun };
        yield return new { type = "response.in_progress", response = begun };
        if (reply.Calls.Count == 0)
        {
            yield return new { type = "response.output_item.added", output_index = 0, item = TextItem(reply, "in_progress", []) };
            yield return new { type = "response.content_part.added", item_id = "msg_1", output_index = 0, content_index = 0, part = TextPart("") };
            foreach (var delta in reply.Pieces)
                yield return new { type = "response.output_text.delta", item_id = "msg_1", output_index = 0, content_index = 0, delta, logprobs = Array.Empty<object>() };
            yield return new { type = "response.output_text.done", item_id = "msg_1", output_index = 0, content_index = 0, text = reply.Text, logprobs = Array.Empty<object>() };
            yield return new { type = "response.content_part.done", item_id = "msg_1", output_index = 0, content_index = 0, part = TextPart(reply.Text) };
            yield return new { type = "response.output_item.done", output_index = 0, item = TextItem(reply, "completed", [TextPart(reply.Text)]) };
        }
        for (var n = 0; n < reply.Calls.Count; n++)
        {
            var call = reply.Calls[n];
            yield return new { type = "response.output_item.added", output_index = n, item = CallItem(call, n, "in_progress", "") };
            foreach (var delta in VendorReply.Cut(call.Arguments))
                yield return new { type = "response.function_call_arguments.delta", item_id = $"fc_{n}", output_index = n, delta };
            yield return new { type = "response.function_call_arguments.done", item_id = $"fc_{n}", output_index = n, name = call.Name, arguments = call.Arguments };
            yield return new { type = "response.output_item.done", output_index = n, item = CallItem(call, n, "completed", call.Arguments) };
        }
        yield return new { type = reply.Finish == "length" ? "response.incomplete" : "response.completed", response = Response(model, reply, Output(reply), isDone: true) };
    }

    private static IEnumerable<object> Numbered(IEnumerable<object> events) => events.Select((data, n) =>
    {
        var members = JsonSerializer.SerializeToElement(data).EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
        members.Add("sequence_number", JsonSerializer.SerializeToElement(n));
        return (object)members;
    });

    private static object Message(string model, VendorReply reply) => new
    {
        id = "msg_1",
        type = "message",
        role = "assistant",
        model,
        content = reply.Calls.Count == 0
            ? [new { type = "text", text = reply.Text }]
            : (object[])[.. reply.Calls.Select(call => new { type = "tool_use", id = call.Id, name = call.Name, input = JsonSerializer.Deserialize<JsonElement>(call.Arguments) })],
        stop_reason = MessageStop(reply),
        stop_sequence = (string?)null,
        usage = MessageUsage(VendorReply.OutputTokens),
    };

    private static object MessageUsage(int output) =>
        new { input_tokens = VendorReply.InputTokens, cache_creation_input_tokens = 0, cache_read_input_tokens = 0, output_tokens = output, service_tier = "standard" };

    private static string MessageStop(VendorReply reply) => reply.Finish switch { "tools" => "tool_use", "length" => "max_tokens", _ => "end_turn" };

    private static IEnumerable<object> MessageEvents(string model, VendorReply reply)
    {
        yield return new
        {
            type = "message_start",
            message = new { id = "msg_1", type = "message", role = "assistant", model, content = Array.Empty<object>(), stop_reason = (string?)null, stop_sequence = (string?)null, usage = MessageUsage(1) },
        };
        if (reply.Calls.Count == 0)
        {
            yield return new { type = "content_block_start", index = 0, content_block = new { type = "text", text = "" } };
            yield return new { type = "ping" };
            foreach (var text in reply.Pieces) yield return new { type = "content_block_delta", index = 0, delta = new { type = "text_delta", text } };
            yield return new { type = "content_block_stop", index = 0 };
        }
        for (var n = 0; n < reply.Calls.Count; n++)
        {
            var call = reply.Calls[n];
            yield return new { type = "content_block_start", index = n, content_block = new { type = "tool_use", id = call.Id, name = call.Name, input = new { } } };
            yield return new { type = "content_block_delta", index = n, delta = new { type = "input_json_delta", partial_json = "" } };
            foreach (var partial_json in VendorReply.Cut(call.Arguments)) yield return new { type = "content_block_delta", index = n, delta = new { type = "input_json_delta", partial_json } };
            yield return new { type = "content_block_stop", index = n };
        }
        yield return new { type = "message_delta", delta = new { stop_reason = MessageStop(reply), stop_sequence = (string?)null }, usage = new { output_tokens = VendorReply.OutputTokens } };
        yield return new { type = "message_stop" };
    }
}
