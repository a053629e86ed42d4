using System.Text.Json.Nodes;
using Kintsugi.Tracing.Otlp;

namespace Kintsugi.Tests.Tracing;

/// <summary>Makes OTLP requests like those that an instrumented agent sends.</summary>
internal static class SpanMaker
{
    /// <summary>An `ExportTraceServiceRequest` of traces of four spans each: an agent, two model calls, a tool.</summary>
    /// <param name="failing">Every so many-th trace fails in its tool; 0 for none.</param>
    public static byte[] Request(Random random, int traces, string service = "desk", string version = "1.0", int failing = 0, long startNs = 1_795_000_000_000_000_000)
    {
        using var scope = new MemoryStream();
        ProtoWriter.Bytes(scope, 1, Message(m => ProtoWriter.Text(m, 1, "gen_ai")));
        for (var i = 0; i < traces; i++) Trace(scope, random, failing > 0 && i % failing == 0, startNs + (i * 1_000_000L));
        var resource = Message(m =>
        {
            Attribute(m, 1, "service.name", service);
            Attribute(m, 1, "service.version", version);
            Attribute(m, 1, "host.name", "a-laptop");
        });
        return Message(request => ProtoWriter.Bytes(request, 1, Message(m =>
        {
            ProtoWriter.Bytes(m, 1, resource);
            ProtoWriter.Bytes(m, 2, scope.ToArray());
        })));
    }

    public static byte[] Message(Action<Stream> write)
    {
        using var bytes = new MemoryStream();
        write(bytes);
        return bytes.ToArray();
    }

    public static void Attribute(Stream to, int field, string name, string value) => ProtoWriter.Bytes(to, field, Message(pair =>
    {
        ProtoWriter.Text(pair, 1, name);
        ProtoWriter.Bytes(pair, 2, Message(any => ProtoWriter.Text(any, 1, value)));
    }));

    public static void Attribute(Stream to, int field, string name, long value) => ProtoWriter.Bytes(to, field, Message(pair =>
    {
        ProtoWriter.Text(pair, 1, name);
        ProtoWriter.Bytes(pair, 2, Message(any => ProtoWriter.Number(any, 3, (ulong)value)));
    }));

    /// <summary>One `Span`.</summary>
    public static byte[] Span(byte[] trace, byte[] id, byte[]? parent, string name, long startNs, long endNs, Action<Stream> rest) => Message(span =>
    {
        ProtoWriter.Bytes(span, 1, trace);
        ProtoWriter.Bytes(span, 2, id);
        if (parent is not null) ProtoWriter.Bytes(span, 4, parent);
        ProtoWriter.Text(span, 5, name);
        ProtoWriter.Number(span, 6, 3);
        ProtoWriter.Fixed64(span, 7, (ulong)startNs);
        ProtoWriter.Fixed64(span, 8, (ulong)endNs);
        rest(span);
    });

    private static void Trace(Stream scope, Random random, bool fails, long at)
    {
        var (trace, root) = (Id(random, 16), Id(random, 8));
        var question = $"Ticket {random.Next(100_000)}: the invoice of {random.Next(1, 28)} May names {random.Next(20, 900)} euros, I ordered for {random.Next(20, 900)}.";
        Add(root, null, "invoke_agent desk", 1_400, span => Attribute(span, 9, "gen_ai.operation.name", "invoke_agent"));
        Model(at + 1_000_000, question, "I look the invoice up.", "tool_calls");
        Add(Id(random, 8), root, "execute_tool find_invoice", 80, span =>
        {
            Attribute(span, 9, "gen_ai.operation.name", "execute_tool");
            Attribute(span, 9, "gen_ai.tool.name", "find_invoice");
            Attribute(span, 9, "gen_ai.tool.call.arguments", $$"""{"number":{{random.Next(10_000)}}}""");
            if (!fails) return;
            Attribute(span, 9, "error.type", "KeyError");
            ProtoWriter.Bytes(span, 15, Message(status =>
            {
                ProtoWriter.Text(status, 2, $"no invoice {random.Next(10_000)} in ledger");
                ProtoWriter.Number(status, 3, 2);
            }));
        });
        Model(at + 900_000_000, question, "The invoice is right: a deposit was added, see line three of it.", "stop");

        void Add(byte[] id, byte[]? parent, string name, int tookMs, Action<Stream> rest) => ProtoWriter.Bytes(scope, 2, Span(trace, id, parent, name, at, at + (tookMs * 1_000_000L), rest));

        void Model(long start, string asked, string answered, string reason) => ProtoWriter.Bytes(scope, 2, Span(trace, Id(random, 8), root, "chat sim-large", start, start + 400_000_000, span =>
        {
            Attribute(span, 9, "gen_ai.operation.name", "chat");
            Attribute(span, 9, "gen_ai.provider.name", "openai");
            Attribute(span, 9, "gen_ai.request.model", "sim-large");
            Attribute(span, 9, "gen_ai.response.model", "sim-large-0612");
            Attribute(span, 9, "gen_ai.response.id", $"chatcmpl-{random.NextInt64():x}");
            Attribute(span, 9, "gen_ai.usage.input_tokens", 40L + random.Next(200));
            Attribute(span, 9, "gen_ai.usage.output_tokens", 10L + random.Next(90));
            Attribute(span, 9, "gen_ai.input.messages", new JsonArray(Said("user", asked)).ToJsonString());
            Attribute(span, 9, "gen_ai.output.messages", new JsonArray(Said("assistant", answered)).ToJsonString());
            Attribute(span, 9, "gen_ai.response.finish_reasons", reason);
        }));
    }

    private static JsonObject Said(string role, string text) => new() { ["role"] = role, ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["content"] = text }) };

    private static byte[] Id(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        bytes[0] |= 1; // zero is no id
        return bytes;
    }
}
