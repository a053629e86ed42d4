namespace Kintsugi.Tests.Models;

/// <summary>Answers as the vendors' references show them.</summary>
internal static class Scripts
{
    /// <summary>A message: 10 tokens of input, 4 of them from a cache and 2 into it; 5 of output.</summary>
    public static string Message(string content, string stop = "end_turn") => $$"""
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-served","content":[{{content}}],"stop_reason":"{{stop}}","stop_sequence":null,
         "usage":{"input_tokens":4,"cache_read_input_tokens":4,"cache_creation_input_tokens":2,"output_tokens":5,"service_tier":"standard"} }
        """;

    public static string TextBlock(string text) => $$"""{"type":"text","text":"{{text}}","citations":null}""";

    public static string ToolBlock(string id, string name, string input) => $$"""{"type":"tool_use","id":"{{id}}","name":"{{name}}","input":{{input}} }""";

    /// <summary>A streamed message with the usage of <see cref="Message"/>.</summary>
    public static string[] MessageStream(string stop, params string[][] blocks) =>
    [
        """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-served","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":4,"cache_read_input_tokens":4,"cache_creation_input_tokens":2,"output_tokens":1}}}""",
        """{"type":"ping"}""",
        .. blocks.SelectMany((block, index) => (string[])
        [
            $$"""{"type":"content_block_start","index":{{index}},"content_block":{{block[0]}} }""",
            .. block[1..].Select(delta => $$"""{"type":"content_block_delta","index":{{index}},"delta":{{delta}} }"""),
            $$"""{"type":"content_block_stop","index":{{index}} }""",
        ]),
        $$"""{"type":"message_delta","delta":{"stop_reason":"{{stop}}","stop_sequence":null},"usage":{"output_tokens":5} }""",
        """{"type":"message_stop"}""",
    ];

    public static string[] TextDeltas(params string[] texts) =>
        ["""{"type":"text","text":""}""", .. texts.Select(text => $$"""{"type":"text_delta","text":"{{text}}"}""")];

    public static string[] ToolDeltas(string id, string name, params string[] pieces) =>
        [$$"""{"type":"tool_use","id":"{{id}}","name":"{{name}}","input":{} }""", .. pieces.Select(piece => $$"""{"type":"input_json_delta","partial_json":"{{piece}}"}""")];

    /// <summary>A completion: 10 tokens of input, 4 of them from a cache; 5 of output, 2 of them reasoning.</summary>
    public static string Completion(string message, string finish = "stop") => $$"""
        {"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-served","system_fingerprint":"fp",
         "choices":[{"index":0,"message":{"role":"assistant",{{message}} },"logprobs":null,"finish_reason":"{{finish}}"}],{{CompletionUsage}} }
        """;

    /// <summary>A streamed completion with the usage of <see cref="Completion"/>.</summary>
    public static string[] CompletionStream(string finish, params string[] deltas) =>
    [
        Chunk("""{"role":"assistant","content":"","refusal":null}"""),
        .. deltas.Select(delta => Chunk(delta)),
        Chunk("{}", finish),
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-served","choices":[],{{CompletionUsage}} }""",
        "[DONE]",
    ];

    private const string CompletionUsage =
        """
        "usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2}}
        """;

    private static string Chunk(string delta, string? finish = null) =>
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-served","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{(finish is null ? "null" : $"\"{finish}\"")}} }],"usage":null}""";
}
