using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Kintsugi.Tests.Tracing.LangSmith;

/// <summary>Makes forms like those that LangSmith's SDK sends of an agent.</summary>
internal static class RunMaker
{
    public const int RunsATrace = 4;

    private const string Runtime = """{"sdk":"langsmith-js","sdk_version":"0.12.0","runtime":"node","runtime_version":"v24.21.0","platform":"linux","library":"langsmith"}""";

    /// <summary>Traces of four runs each: an agent, two model calls, a tool; each run as its start and its end.</summary>
    /// <param name="filling">Letters more in the question of every trace.</param>
    public static RunForm Form(Random random, int traces, string project = "desk", int filling = 0, bool fails = false)
    {
        var form = new RunForm();
        var start = new DateTimeOffset(2026, 11, 23, 18, 6, 9, TimeSpan.Zero);
        for (var i = 0; i < traces; i++)
        {
            var at = start.AddMilliseconds(random.Next(86_400_000));
            var question = $"Ticket {random.Next(100_000)}: the invoice of {random.Next(1, 28)} May names {random.Next(20, 900)} euros, I ordered for {random.Next(20, 900)}.{new string('x', filling)}";
            var root = new Run(Id(random, at), null, null, at);
            Add(form, root, project, root, "desk", "chain", Asked(question), Answered(question), null, random);
            Add(form, Below(root, 1), project, root, "ChatOpenAI", "llm", Asked(question), Answered("I look the invoice up."), null, random);
            Add(form, Below(root, 410), project, root, "find_invoice", "tool", new JsonObject { ["number"] = random.Next(10_000) }, new JsonObject { ["output"] = "none" }, fails ? $"KeyError: no invoice {random.Next(10_000)} in ledger" : null, random);
            Add(form, Below(root, 500), project, root, "ChatOpenAI", "llm", Asked(question), Answered("The invoice is right: a deposit was added, see line three of it."), null, random);
        }
        return form;

        Run Below(Run root, int ms) => new(Id(random, root.At.AddMilliseconds(ms)), root.Id, root.Order, root.At.AddMilliseconds(ms));
    }

    private static void Add(RunForm form, Run run, string project, Run root, string name, string type, JsonObject inputs, JsonObject outputs, string? error, Random random)
    {
        var parent = run.Parent is { } above ? $"\"parent_run_id\":\"{above}\"," : "";
        var said = $"\"session_name\":\"{project}\",\"id\":\"{run.Id}\",\"name\":\"{name}\",\"run_type\":\"{type}\",{parent}\"trace_id\":\"{root.Id}\",\"dotted_order\":\"{run.Order}\",\"tags\":[],\"start_time\":\"{Iso(run.At)}\"";
        var metadata = type == "llm" ? "\"ls_provider\":\"openai\",\"ls_model_name\":\"sim-large\",\"ls_model_type\":\"chat\",\"ls_invocation_params\":{\"model\":\"sim-large\"}," : "";
        var extra = $"{{\"metadata\":{{{metadata}\"usage_metadata\":{{\"input_tokens\":{random.Next(200)},\"output_tokens\":{random.Next(90)},\"total_tokens\":290}}}},\"runtime\":{Runtime}}}";
        form.Part($"post.{run.Id}", $"{{{said},\"child_runs\":[]}}").Part($"post.{run.Id}.inputs", inputs.ToJsonString()).Part($"post.{run.Id}.extra", extra);
        form.Part($"patch.{run.Id}", $"{{{said},\"end_time\":{run.At.AddMilliseconds(400).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}}}").Part($"patch.{run.Id}.outputs", outputs.ToJsonString());
        if (error is not null) form.Part($"patch.{run.Id}.error", JsonValue.Create(error).ToJsonString());
    }

    private static JsonObject Asked(string question) => new() { ["model"] = "sim-large", ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }) };

    private static JsonObject Answered(string answer) => new() { ["id"] = "chatcmpl-1", ["model"] = "sim-large-0612", ["choices"] = new JsonArray(new JsonObject { ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = answer }, ["finish_reason"] = "stop" }) };

    private static Guid Id(Random random, DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)at.ToUnixTimeMilliseconds() << 16) | 0x7000u | (uint)random.Next(0x1000)); // RFC 9562 §5.7
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));
        return new Guid(bytes, bigEndian: true);
    }

    private static string Iso(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private sealed record Run(Guid Id, Guid? Parent, string? Above, DateTimeOffset At)
    {
        public string Order => $"{(Above is null ? "" : Above + ".")}{At.ToString("yyyyMMdd'T'HHmmssffffff'Z'", CultureInfo.InvariantCulture)}{Id}";
    }
}
