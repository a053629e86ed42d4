using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Storage;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

public class RecordingTests
{
    private static readonly Microsoft.AspNetCore.Http.RequestDelegate[] FiveAnswers = [.. Enumerable.Range(0, 5).Select(n => StubService.Says($"vote {n}"))];

    [Fact]
    public async Task A_voting_agent_gets_five_answers_and_the_same_five_again()
    {
        await using var service = await StubService.StartAsync(FiveAnswers);
        await using var rig = GatewayRig.Of(service);

        var first = await VotesAsync(rig, Fresh());
        var again = await VotesAsync(rig, Recorded());

        Assert.Equal(5, first.Distinct().Count());
        Assert.Equal(first, again);
        Assert.Equal(5, service.Requests.Count);
    }

    [Fact]
    public async Task A_recording_outlives_the_process_byte_for_byte()
    {
        await using var service = await StubService.StartAsync(FiveAnswers);
        await using var rig = GatewayRig.Of(service);
        var live = Fresh();
        var answer = await rig.AskAsync(GatewayRig.Ask(), live);
        await rig.Cassette.FlushAsync(TestContext.Current.CancellationToken);

        await using var reopened = new Cassette(rig.Database, rig.Clock);
        var question = Question.Read(GatewayRig.Ask());
        var recording = reopened.Find(new RecordingKey(question.Hash, "s", 0, 0));

        Assert.NotNull(recording);
        Assert.Equal(answer.Body.ToArray(), recording.Answer.Body.ToArray());
        Assert.Equal((answer.Status, answer.ContentType), (recording.Answer.Status, recording.Answer.ContentType));
        Assert.Equal(question.Canonical.ToArray(), recording.Question.ToArray());
        Assert.Equal(live.Calls[0].Latency, recording.Latency);
        Assert.Equal(("p0", "stub-1"), (recording.Provider, recording.Model));
    }

    [Fact]
    public async Task A_replayed_call_tells_what_the_live_one_told_and_costs_nothing()
    {
        await using var service = await StubService.StartAsync(FiveAnswers);
        await using var rig = GatewayRig.Of(service);
        var (live, replayed) = (Fresh(), Recorded());

        await rig.AskAsync(GatewayRig.Ask(), live);
        await rig.AskAsync(GatewayRig.Ask(), replayed);

        var (expected, actual) = (Assert.Single(live.Calls), Assert.Single(replayed.Calls));
        Assert.Equal((1000, 100, "stop", "stub-1-2026", "fp_1"), (expected.InputTokens, expected.OutputTokens, expected.FinishReason, expected.ServedModel, expected.Fingerprint));
        Assert.Equal(expected with { Replayed = true, CostUsd = 0m, Request = actual.Request, Answer = actual.Answer }, actual);
    }

    [Fact]
    public async Task A_fresh_call_is_never_replayed_and_its_answer_replaces_the_recording()
    {
        await using var service = await StubService.StartAsync(FiveAnswers);
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask(), Fresh());
        var second = await rig.AskAsync(GatewayRig.Ask(), Fresh());
        var replayed = await rig.AskAsync(GatewayRig.Ask(), Recorded());

        Assert.Equal(2, service.Requests.Count);
        Assert.Equal(StubService.Completion("vote 1"), second.Text());
        Assert.Equal(second.Text(), replayed.Text());
    }

    [Theory]
    [InlineData("s", 1, "hello")]
    [InlineData("t", 0, "hello")]
    [InlineData("s", 0, "hello!")]
    public async Task Another_epoch_sample_or_question_is_another_draw(string sample, int epoch, string text)
    {
        await using var service = await StubService.StartAsync(FiveAnswers);
        await using var rig = GatewayRig.Of(service);
        await rig.AskAsync(GatewayRig.Ask(), Recorded());
        var calls = Recorded(sample, epoch);

        await rig.AskAsync(GatewayRig.Ask(text), calls);

        Assert.False(Assert.Single(calls.Calls).Replayed);
        Assert.Equal(2, service.Requests.Count);
    }

    [Fact]
    public async Task A_fault_of_the_world_is_not_recorded()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(401), StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask(), Fresh());
        rig.Clock.Advance(TimeSpan.FromSeconds(30)); // a refused key is not tried at once again
        var answer = await rig.AskAsync(GatewayRig.Ask(), Recorded());

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task A_refused_request_is_recorded_like_any_answer()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(400), StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask(), Fresh());
        var answer = await rig.AskAsync(GatewayRig.Ask(), Recorded());

        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task A_database_that_fails_fails_no_call_and_is_told_on_the_flush()
    {
        await using var service = await StubService.StartAsync(FiveAnswers);
        await using var rig = GatewayRig.Of(service);
        rig.Database.Write(durable: false, (connection, transaction) =>
        {
            using var drop = connection.CreateCommand();
            drop.CommandText = "drop table recording";
            drop.Transaction = (Microsoft.Data.Sqlite.SqliteTransaction)transaction;
            return drop.ExecuteNonQuery();
        });
        var calls = Recorded();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(200, answer.Status);
        Assert.Null(Assert.Single(calls.Calls).Fault);
        await Assert.ThrowsAsync<StorageException>(() => rig.Cassette.FlushAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{"model":"m","n":1}""", """{ "n" : 1, "model" : "\u006d" }""")]
    [InlineData("""{"model":"m"}""", """{"model":"m","stream":false,"user":"u","metadata":{"run":"7"},"store":true}""")]
    [InlineData("""{"a":{"x":1,"y":[{"p":1,"q":2}]}}""", """{"a":{"y":[{"q":2,"p":1}],"x":1}}""")]
    public void Requests_that_ask_the_same_are_equal(string one, string other) => Assert.Equal(Hash(one), Hash(other));

    [Theory]
    [InlineData("""{"model":"m"}""", """{"model":"M"}""")]
    [InlineData("""{"model":"m"}""", """{"model":"m","stream":true}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1]}""")]
    [InlineData("""{"a":"1"}""", """{"a":1}""")]
    [InlineData("""{"a":{"user":"x"}}""", """{"a":{}}""")]
    public void Requests_that_ask_otherwise_are_not(string one, string other) => Assert.NotEqual(Hash(one), Hash(other));

    [Fact]
    public void The_path_is_part_of_the_question() => Assert.NotEqual(Hash("{}"), Hash("{}", "/v1/embeddings"));

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"a\":1")]
    [InlineData("""{"model":"a","model":"b"}""")]
    [InlineData("""{"a":"\ud800"}""")]
    public async Task A_request_that_cannot_be_read_is_refused_in_the_callers_dialect_and_is_the_agents(string body)
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        var answer = await rig.AskAsync(new ModelRequest("/v1/chat/completions", Encoding.UTF8.GetBytes(body.Length == 0 ? " " : body)), calls);

        Assert.Equal(400, answer.Status);
        Assert.Contains("\"code\":\"invalid_json\"", answer.Text(), StringComparison.Ordinal);
        Assert.Null(Assert.Single(calls.Calls).Fault);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public void A_request_nested_too_deep_is_refused()
    {
        var body = string.Concat(Enumerable.Repeat("{\"a\":", 100)) + "1" + new string('}', 100);

        Assert.ThrowsAny<System.Text.Json.JsonException>(() => Hash(body));
    }

    private static string Hash(string body, string path = "/v1/chat/completions") => Question.Read(new ModelRequest(path, Encoding.UTF8.GetBytes(body))).Hash;

    private static async Task<List<string>> VotesAsync(GatewayRig rig, SampleCalls calls)
    {
        var votes = new List<string>();
        for (var n = 0; n < 5; n++) votes.Add((await rig.AskAsync(GatewayRig.Ask(), calls)).Text());
        return votes;
    }
}
