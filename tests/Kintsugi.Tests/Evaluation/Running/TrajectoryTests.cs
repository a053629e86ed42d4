using System.Text;
using Kintsugi.Evaluation.Running;
using Kintsugi.Models;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Evaluation.Running;

/// <summary>Tools that a model asks for and what they gave, in each dialect that an agent may speak.</summary>
public class TrajectoryTests
{
    private const string ChatAnswer =
        """{"choices":[{"message":{"tool_calls":[{"id":"t1","function":{"name":"size","arguments":"{\"company\":\"acme\"}"}}]}}]}""";

    private const string ChatResult = """{"messages":[{"role":"tool","tool_call_id":"t1","content":"250"}]}""";

    private const string MessagesAnswer =
        """{"type":"message","content":[{"type":"text","text":"Let me see."},{"type":"tool_use","id":"t1","name":"size","input":{"company":"acme"}}]}""";

    private const string MessagesResult = """{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"250"}]}]}""";

    private const string ResponsesAnswer =
        """{"output":[{"type":"reasoning"},{"type":"function_call","call_id":"t1","name":"size","arguments":"{\"company\":\"acme\"}"}]}""";

    private const string ResponsesResult = """{"input":[{"role":"user","content":"?"},{"type":"function_call_output","call_id":"t1","output":"250"}]}""";

    private static readonly string ChatStream = Events(
        """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","function":{"name":"size","arguments":"{\"com"}}]}}]}""",
        """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"pany\":\"acme\"}"}}]}}]}""");

    private static readonly string MessagesStream = Events(
        """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"size","input":{}}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"company\":"}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"acme\"}"}}""");

    private static readonly string ResponsesStream = Events(
        """{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"t1","name":"size","arguments":""}}""",
        """{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"t1","name":"size","arguments":"{\"company\":\"acme\"}"}}""");

    public static TheoryData<string, string, string> Traffic { get; } = new()
    {
        { "/v1/chat/completions", ChatAnswer, ChatResult },
        { "/v1/chat/completions", ChatStream, ChatResult },
        { "/v1/messages", MessagesAnswer, MessagesResult },
        { "/v1/messages", MessagesStream, MessagesResult },
        { "/v1/responses", ResponsesAnswer, ResponsesResult },
        { "/v1/responses", ResponsesStream, ResponsesResult },
    };

    [Theory]
    [MemberData(nameof(Traffic))]
    public void A_tool_that_a_model_asks_for_is_a_step_with_what_it_gave(string path, string answer, string result)
    {
        var trajectory = TrajectoryBuilder.Build([Call(path, "{}", answer), Call(path, result, "{}")], [], "", []);

        var tool = Assert.Single(trajectory.ToolCalls);
        Assert.Equal(("size", "250"), (tool.Name, tool.Result));
        Assert.Equal("""{"company":"acme"}""", tool.Arguments.GetRawText());
        Assert.Equal([typeof(ModelCall), typeof(ToolCall), typeof(ModelCall)], trajectory.Steps.Select(step => step.GetType()));
    }

    [Theory]
    [InlineData("/v1/messages", """{"content":[{"type":"tool_use"},7,{"type":"tool_use","input":"no object"}]}""", 2)]
    [InlineData("/v1/messages", """{"content":"tool_use"}""", 0)]
    [InlineData("/v1/responses", """{"output":{"type":"function_call"}}""", 0)]
    [InlineData("/v1/responses", """{"output":[{"type":"function_call"}]}""", 1)]
    [InlineData("/v1/chat/completions", """["tool_calls"]""", 0)]
    public void What_cannot_be_read_asks_for_no_tool(string path, string answer, int found) =>
        Assert.Equal(found, TrajectoryBuilder.Build([Call(path, "{}", answer)], [], "", []).ToolCalls.Count());

    private static RecordedCall Call(string path, string request, string answer) => new(
        "p", "m", null, new ModelRequest(path, Encoding.UTF8.GetBytes(request)),
        new ModelAnswer(200, answer.StartsWith("event", StringComparison.Ordinal) ? "text/event-stream" : "application/json", Encoding.UTF8.GetBytes(answer)),
        Replayed: false, TimeSpan.Zero, 0, 0, 0m, null, null);

    private static string Events(params string[] data) => string.Concat(data.Select(d => $"event: e\ndata: {d}\n\n"));
}
