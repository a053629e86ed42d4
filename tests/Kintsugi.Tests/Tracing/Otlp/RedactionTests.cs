using System.Text;
using CsCheck;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Tracing.Otlp;

public class RedactionTests
{
    private const string Key = "sk-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ1"; // 51 letters: its length, 0x33, is the letter 3

    [Fact]
    public void A_key_is_blotted_wherever_it_stands_and_the_message_stays_one()
    {
        var request = Request(span =>
        {
            SpanMaker.Attribute(span, 9, "a", Key);
            SpanMaker.Attribute(span, 9, "b", $"curl -H 'x: {Key}' now");
            ProtoWriter.Bytes(span, 9, Encoding.UTF8.GetBytes("")); // an empty attribute
            ProtoWriter.Bytes(span, 11, SpanMaker.Message(e => SpanMaker.Attribute(e, 3, "c", Key)));
            ProtoWriter.Bytes(span, 15, SpanMaker.Message(s => { ProtoWriter.Text(s, 2, Key); ProtoWriter.Number(s, 3, 2); }));
        });

        var row = Assert.Single(OtlpProtobuf.Traces(request, SpanRedaction.OfKeys).Whole().Spans);

        var text = Encoding.Latin1.GetString(row.Body.Span);
        Assert.DoesNotContain("abcdefghijkl", text);
        var read = OtlpProtobuf.Read(row.Body.Span, "");
        Assert.Equal(new string('*', Key.Length), (string)read.Attributes["a"]!);
        Assert.StartsWith("curl -H 'x: ****", (string)read.Attributes["b"]!);
        Assert.Equal((true, new string('*', Key.Length)), (read.Failed, read.StatusMessage));
    }

    [Fact]
    public void What_the_owner_names_is_blotted_text_and_numbers_alike()
    {
        var redaction = new SpanRedaction(["user.*", "card"], [@"[\w.]+@[\w.]+"]);
        var request = Request(span =>
        {
            SpanMaker.Attribute(span, 9, "user.name", "Ada");
            SpanMaker.Attribute(span, 9, "card", 1234567890123456);
            SpanMaker.Attribute(span, 9, "said", "write to ada.l@mill.example, ж, or ада@mill.example");
            SpanMaker.Attribute(span, 9, "count", 7);
        });

        var read = OtlpProtobuf.Read(Assert.Single(OtlpProtobuf.Traces(request, redaction).Whole().Spans).Body.Span, "");

        Assert.Equal("""{"user.name":"***","card":0,"said":"write to ******************, ж, or *******************","count":7}""", read.Attributes.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public void The_same_is_blotted_in_JSON()
    {
        var request = Encoding.UTF8.GetBytes(
            $$$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"{{{Key}}}","startTimeUnixNano":"5","attributes":[{"key":"user.id","value":{"intValue":7}},{"key":"a","value":{"stringValue":"{{{Key}}}"}}]}]}]}]}""");

        var row = Assert.Single(OtlpJson.Traces(request, new SpanRedaction(["user.id"], [])).Whole().Spans);

        Assert.DoesNotContain("abcdefghijkl", Encoding.UTF8.GetString(row.Body.Span) + row.Name);
        Assert.Equal("********", (string)OtlpJson.Read(row.Body.Span, "").Attributes["user.id"]!);
    }

    [Fact]
    public void A_value_too_deep_to_be_read_is_blotted_without_going_there()
    {
        var any = SpanMaker.Message(m => ProtoWriter.Text(m, 1, Key));
        for (var depth = 0; depth < 20_000; depth++)
        {
            var inner = any;
            any = SpanMaker.Message(m => ProtoWriter.Bytes(m, 5, SpanMaker.Message(list => ProtoWriter.Bytes(list, 1, inner))));
        }
        var request = Request(span => ProtoWriter.Bytes(span, 9, SpanMaker.Message(pair => { ProtoWriter.Text(pair, 1, "deep"); ProtoWriter.Bytes(pair, 2, any); })));

        var row = Assert.Single(OtlpProtobuf.Traces(request, SpanRedaction.OfKeys).Whole().Spans);

        Assert.DoesNotContain("abcdefghijkl", Encoding.Latin1.GetString(row.Body.Span));
        Assert.NotNull(OtlpProtobuf.Read(row.Body.Span, "").Attributes);
    }

    /// <summary>A key of any shape, in any attribute, with anything before it but a letter.</summary>
    [Fact]
    public void No_key_of_a_known_shape_is_ever_stored() =>
        Gen.Select(Gen.OneOf(Gen.Const("sk-"), Gen.Const("ghp_"), Gen.Const("AIza")), Gen.String[Gen.Char.AlphaNumeric, 40, 80], Gen.OneOf(Gen.Const(""), Gen.Const(" "), Gen.Const("\""), Gen.Const("key="), Gen.Const("\n")), Gen.Int[0, 3]).Sample((mark, rest, before, after) =>
        {
            var request = Request(span =>
            {
                SpanMaker.Attribute(span, 9, "a", before + mark + rest + new string(' ', after));
                SpanMaker.Attribute(span, 9, "sk-", "J");
            });

            Assert.DoesNotContain(rest, Encoding.Latin1.GetString(Assert.Single(OtlpProtobuf.Traces(request, SpanRedaction.OfKeys).Whole().Spans).Body.Span));
        });

    private static byte[] Request(Action<Stream> rest) =>
        SpanMaker.Message(m => ProtoWriter.Bytes(m, 1, SpanMaker.Message(resource => ProtoWriter.Bytes(resource, 2, SpanMaker.Message(scope => ProtoWriter.Bytes(scope, 2, SpanMaker.Span(
            new TraceId(5).ToBytes(), new SpanId(6).ToBytes(), null, "chat", 1_000, 2_000, rest)))))));
}
