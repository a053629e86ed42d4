using CsCheck;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tests.Tracing.LangSmith;

public class RunMergeTests
{
    private const string Id = "01a20996-44a2-7000-8000-00d5b599b6ae";

    /// <summary>A run's start, two words on the way, its end.</summary>
    private static readonly (string Json, bool IsPost)[] Halves =
    [
        ($$$"""{"id":"{{{Id}}}","trace_id":"{{{Id}}}","name":"a","run_type":"llm","start_time":"2026-11-23T18:06:12.642001Z","inputs":{"q":1},"tags":["start"],"extra":{"metadata":{"ls_model_name":"m1"}},"outputs":null}""", true),
        ($$$"""{"id":"{{{Id}}}","trace_id":"{{{Id}}}","tags":["between"],"session_name":"peers","extra":{"metadata":{"ls_model_name":"m2"}},"inputs":{"q":2}}""", false),
        ($$$"""{"id":"{{{Id}}}","trace_id":"{{{Id}}}","end_time":1795457172999,"outputs":{"a":2},"tags":["end"],"error":"Error: x","name":null}""", false),
    ];

    [Fact]
    public void In_any_order_and_however_often_its_halves_come_it_is_the_same_run() =>
        Gen.Select(Gen.Int[0, 2].Array[0, 6], Gen.Shuffle(new[] { 0, 1, 2 })).Sample((repeats, all) =>
        {
            int[] order = [.. repeats, .. all];
            var run = order.Select(Row).Aggregate(LangSmithRun.Merge);

            Assert.Equal(
                """{"end_time":1795457172999,"error":"Error: x","outputs":{"a":2},"tags":["end"]}|{"extra":{"metadata":{"ls_model_name":"m2"}},"inputs":{"q":2},"session_name":"peers"}|{"name":"a","run_type":"llm","start_time":"2026-11-23T18:06:12.642001Z"}""",
                Sorted(run));
            Assert.Equal(("a", SpanRole.Model, "m2", "peers"), (run.Name, run.Role, run.Model, run.Source.Service));
            Assert.Equal(1_795_457_172_999_000_000, run.StartNs + run.DurationNs);
        }, iter: 200);

    [Fact]
    public void Halves_in_one_body_are_the_run_that_they_are_apart() =>
        Gen.Shuffle(new[] { 0, 2 }).Sample(order =>
        {
            var form = new RunForm();
            foreach (var half in order) form.Part($"{(Halves[half].IsPost ? "post" : "patch")}.{Id}", Halves[half].Json);
            var together = Assert.Single(Rows(RunBatch.OfForm(form.Content().Headers.ContentType!.ToString(), form.Bytes())));

            Assert.Equal(Sorted(LangSmithRun.Merge(Row(0), Row(2))), Sorted(together));
        }, iter: 4);

    [Fact]
    public void A_run_that_grows_with_every_patch_stops_growing()
    {
        var run = Row(0);
        for (var i = 0; i < 10; i++)
        {
            var fields = string.Join(',', Enumerable.Range(0, 90).Select(f => $"\"f{i}_{f}\":{f}"));
            run = LangSmithRun.Merge(run, Assert.Single(Rows(RunBatch.OfRun(System.Text.Encoding.UTF8.GetBytes($$"""{"id":"{{Id}}","trace_id":"{{Id}}",{{fields}}}"""), null, isPost: false))));
        }

        Assert.InRange(RunFields.Of(run.Body).All.Count, 100, 300);
        Assert.Equal("a", run.Name);
    }

    private static SpanRow Row(int half) => Assert.Single(Rows(RunBatch.OfRun(System.Text.Encoding.UTF8.GetBytes(Halves[half].Json), null, Halves[half].IsPost)));

    private static IReadOnlyList<SpanRow> Rows(RunBatch batch) => batch.ToParts(_ => null, _ => null, SpanRedaction.OfKeys, receivedNs: 7, new RunRoom(new IngestMemory(1 << 20), 0)).Single().Rows;

    /// <summary>What the end said, another patch, the start; each by name.</summary>
    private static string Sorted(SpanRow run) => string.Join('|', RunFields.Of(run.Body).All
        .GroupBy(f => f.Half).OrderByDescending(g => g.Key)
        .Select(g => "{" + string.Join(',', g.Select(f => $"\"{Text(f.Field.Name)}\":{Text(f.Field.Value)}").Order(StringComparer.Ordinal)) + "}"));

    private static string Text(ReadOnlyMemory<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes.Span);
}
