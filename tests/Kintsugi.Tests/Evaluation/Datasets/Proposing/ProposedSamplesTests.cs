using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Kintsugi.Evaluation.Datasets.Proposing;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Evaluation.Datasets.Proposing;

public class ProposedSamplesTests
{
    private static readonly HashSet<string> Nothing = [];

    private static Trace Asked(string id, string input, string? output = "{\"a\":1}", OperationError? error = null) => new(
        id, "s", "1.0", [new Operation("r", null, "request", DateTimeOffset.UnixEpoch, null, error, JsonNode.Parse(input), output is null ? null : JsonNode.Parse(output), TraceDialect.Plain, [])]);

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();

    [Fact]
    public void Every_planted_kind_of_failure_is_covered_and_nothing_is_proposed_twice() => Gen.Int[1, 100_000].Sample(
        seed =>
        {
            var planted = PlantedTraces.Draw(300, 24, seed);

            var choice = ProposedSamples.Choose(planted.Traces, [], Nothing, 50, seed);

            var sources = choice.Samples.Select(s => s.Source).ToHashSet();
            Assert.All(planted.Clusters, cluster => Assert.True(cluster.Overlaps(sources), $"seed {seed}: a cluster of {cluster.Count} is not covered"));
            Assert.DoesNotContain(sources, id => planted.Repeats.TryGetValue(id, out var original) && sources.Contains(original));
            Assert.Equal(50, choice.Samples.Count);
        }, iter: 10, seed: "0000000000001");

    [Fact]
    public void The_same_traces_in_another_order_give_the_same_proposals()
    {
        var planted = PlantedTraces.Draw(200, 12, 7);

        var one = ProposedSamples.Choose(planted.Traces, [], Nothing, 20, 3);
        var other = ProposedSamples.Choose([.. planted.Traces.Reverse()], [], Nothing, 20, 3);

        Assert.Equal(one.Samples.Select(s => s.Source), other.Samples.Select(s => s.Source));
    }

    [Fact]
    public void What_gold_holds_or_a_person_refused_is_not_proposed()
    {
        var traces = new[] { Asked("a", """{"q":"how do I reset my password"}"""), Asked("b", """{"q":"HOW do I reset my password??"}"""), Asked("c", """{"q":"where is my invoice"}"""), Asked("d", """{"q":"delete my account"}""") };
        var refused = ProposedSamples.Choose([traces[3]], [], Nothing, 1, 1).Samples.Single().InputHash;

        var choice = ProposedSamples.Choose(traces, [new KnownInput(Json("""{"q":"how do I reset my password"}"""), null)], new HashSet<string> { refused }, 10, 1);

        Assert.Equal("c", Assert.Single(choice.Samples).Source);
        Assert.Equal((2, 1), (choice.Known, choice.NearDuplicates));
    }

    [Fact]
    public void The_agents_own_answer_is_the_target_where_it_gave_one()
    {
        var choice = ProposedSamples.Choose(
            [Asked("good", """{"q":"one"}""", """{"tier":"hot"}"""), Asked("bad", """{"q":"two entirely"}""", """{"tier":"cold"}""", new OperationError("KeyError", "'tier'"))], [], Nothing, 10, 1);

        Assert.Equal(["bad", "good"], choice.Samples.Select(s => s.Source));
        Assert.Null(choice.Samples[0].Target);
        Assert.Equal("hot", choice.Samples[1].Target!.Value.GetProperty("tier").GetString());
        Assert.Equal("KeyError: <s>", choice.Samples[0].Why.Failure);
        Assert.Equal(["from-traces", "version:1.0"], choice.Samples[1].Tags);
        Assert.StartsWith("failure:", choice.Samples[0].Tags[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_that_the_agent_got_over_is_a_failure_with_an_answer()
    {
        var root = Asked("t", """{"q":"x"}""").Operations[0];
        var tool = new ToolOperation("f", "r", "crm", DateTimeOffset.UnixEpoch, null, new OperationError("", "HTTP 503"), null, null, TraceDialect.Plain, [], "crm", null);

        var sample = ProposedSamples.Choose([new Trace("t", "s", null, [root, tool])], [], Nothing, 1, 1).Samples.Single();

        Assert.True(sample.Why.Answered);
        Assert.NotNull(sample.Target);
        Assert.Equal("crm: HTTP 503", sample.Why.Failure);
    }

    [Fact]
    public void One_of_every_signature_stands_before_a_second_of_any()
    {
        Trace[] traces =
        [
            .. Enumerable.Range(0, 40).Select(i => Asked($"a{i}", $$"""{"q":"topic {{(char)('a' + (i % 4))}}{{(char)('a' + (i % 4))}}{{(char)('a' + (i % 4))}} thing"}""", null, new OperationError("A", "alpha broke"))),
            Asked("b", """{"q":"something else"}""", null, new OperationError("B", "beta is gone")),
            Asked("c", """{"q":"yet another"}""", null, new OperationError("C", "gamma says no")),
        ];

        var choice = ProposedSamples.Choose(traces, [], Nothing, 3, 1);

        Assert.Equal(["A", "B", "C"], choice.Samples.Select(s => s.Why.Failure![..1]).Order());
    }

    [Fact]
    public void Likes_are_of_one_family_and_join_that_of_the_gold()
    {
        Trace[] traces = [.. PlantedTraces.Draw(60, 0, 1).Traces, Asked("a", """{"q":"refund of a cancelled flight to Rome in spring please"}"""), Asked("b", """{"q":"refund of a cancelled flight to Oslo in autumn please"}"""), Asked("c", """{"q":"printer on fire"}""")];

        var families = ProposedSamples.Choose(traces, [], Nothing, 100, 1).Samples.ToDictionary(s => s.Source, s => s.Family);
        var known = ProposedSamples.Choose(traces, [new KnownInput(Json("""{"q":"refund of a cancelled flight to Bonn in summer please"}"""), "flights")], Nothing, 100, 1).Samples.ToDictionary(s => s.Source, s => s.Family);

        Assert.NotEqual(families["a"], families["c"]);
        Assert.Equal(("flights", "flights"), (known["a"], known["b"]));
    }

    [Fact]
    public void Traces_that_tell_nothing_usable_are_counted_and_left_out()
    {
        var silent = new Trace("silent", "s", null, [new Operation("r", null, "GET /", DateTimeOffset.UnixEpoch, null, null, null, null, TraceDialect.Plain, [])]);
        var huge = Asked("huge", $"\"{new string('x', 300_000)}\"");
        var empty = new Trace("empty", "s", null, []);

        var choice = ProposedSamples.Choose([silent, huge, empty, Asked("blank", "\"\""), Asked("ok", "{\"q\":1}")], [], Nothing, 10, 1);

        Assert.Equal(3, choice.WithoutInput);
        Assert.Contains("ok", choice.Samples.Select(s => s.Source));
    }

    [Fact]
    public void A_bare_call_of_a_model_is_asked_what_the_user_said()
    {
        Message[] said = [new("system", [new TextPart("Be short.")]), new("user", [new TextPart("What is the capital of France?")])];
        var call = new ModelOperation(
            "m", null, "chat", DateTimeOffset.UnixEpoch, null, null, null, null, TraceDialect.OpenTelemetry, [], "openai", "m-1", null, said, [new Message("assistant", [new TextPart("Paris")])], [], [], null, [], null, null);

        var sample = ProposedSamples.Choose([new Trace("t", "s", null, [call])], [], Nothing, 1, 1).Samples.Single();

        Assert.Equal(("What is the capital of France?", "Paris"), (sample.Input.GetString(), sample.Target!.Value.GetString()));
    }
}
