using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Microsoft.AspNetCore.Http;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models.Cassettes;

public class CassetteModeTests
{
    private static readonly RequestDelegate[] FiveAnswers = [.. Enumerable.Range(0, 5).Select(n => StubService.Says($"vote {n}"))];

    /// <summary>Who answers what is recorded, by mode and by what the caller allows.</summary>
    public static TheoryData<CassetteMode, bool, string> Hits => new()
    {
        { CassetteMode.Auto, false, "now" },
        { CassetteMode.Auto, true, "then" },
        { CassetteMode.Live, false, "now" },
        { CassetteMode.Live, true, "now" },
        { CassetteMode.Record, false, "now" },
        { CassetteMode.Record, true, "now" },
        { CassetteMode.Replay, false, "then" },
        { CassetteMode.Replay, true, "then" },
    };

    [Theory]
    [MemberData(nameof(Hits))]
    public async Task A_recorded_question_of_a_model(CassetteMode mode, bool mayRecall, string expected)
    {
        await using var service = await StubService.StartAsync(StubService.Says("then"), StubService.Says("now"));
        await using var earlier = GatewayRig.Of(service);
        await earlier.AskAsync(GatewayRig.Ask(), Fresh());
        await using var rig = await earlier.AgainAsync(mode);
        var calls = new SampleCalls("s", 0, mayRecall ? Recall.Recorded : Recall.Fresh);

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(StubService.Completion(expected), answer.Text());
        Assert.Equal(expected == "then", Assert.Single(calls.Calls).Replayed);
        Assert.Equal(expected == "then" ? 1 : 2, service.Requests.Count);
    }

    [Theory]
    [InlineData(CassetteMode.Auto, 0, "then")]
    [InlineData(CassetteMode.Auto, 1, "now")]
    [InlineData(CassetteMode.Replay, 1, "then")]
    public async Task A_recording_that_is_older_than_what_asks_answers_in_replay_alone(CassetteMode mode, int ticksLater, string expected)
    {
        await using var service = await StubService.StartAsync(StubService.Says("then"), StubService.Says("now"));
        await using var earlier = GatewayRig.Of(service);
        await earlier.AskAsync(GatewayRig.Ask(), Fresh());
        var then = Assert.Single(await earlier.Cassette.ReadAsync(["s"], _ => true, TestContext.Current.CancellationToken)).At;
        await using var rig = await earlier.AgainAsync(mode);

        var answer = await rig.AskAsync(GatewayRig.Ask(), new SampleCalls("s", 0, Recall.Since(then.AddTicks(ticksLater))));

        Assert.Equal(StubService.Completion(expected), answer.Text());
    }

    [Theory]
    [InlineData(CassetteMode.Auto)]
    [InlineData(CassetteMode.Live)]
    [InlineData(CassetteMode.Record)]
    public async Task An_unrecorded_question_of_a_model_is_asked(CassetteMode mode)
    {
        await using var service = await StubService.StartAsync(StubService.Says("now"));
        await using var earlier = GatewayRig.Of(service);
        await using var rig = await earlier.AgainAsync(mode);

        var answer = await rig.AskAsync(GatewayRig.Ask(), Recorded());

        Assert.Equal((200, 1), (answer.Status, service.Requests.Count));
    }

    [Theory]
    [InlineData(CassetteMode.Auto, true)]
    [InlineData(CassetteMode.Live, false)]
    [InlineData(CassetteMode.Record, true)]
    public async Task What_is_answered_is_kept_unless_nothing_is_to_be(CassetteMode mode, bool kept)
    {
        await using var service = await StubService.StartAsync(StubService.Says("now"));
        await using var earlier = GatewayRig.Of(service);
        await using var rig = await earlier.AgainAsync(mode);
        await rig.AskAsync(GatewayRig.Ask(), Fresh());

        await using var replaying = await rig.AgainAsync(CassetteMode.Replay);
        var answer = await replaying.AskAsync(GatewayRig.Ask(), Fresh());

        Assert.Equal(kept ? 200 : 404, answer.Status);
    }

    [Fact]
    public async Task An_unrecorded_question_in_replay_asks_nobody_and_is_the_worlds()
    {
        await using var service = await StubService.StartAsync(StubService.Says("now"));
        await using var earlier = GatewayRig.Of(service);
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal((404, 0), (answer.Status, service.Requests.Count));
        Assert.Contains("\"code\":\"no_recording\"", answer.Text(), StringComparison.Ordinal);
        Assert.Contains("nobody is asked", answer.Text(), StringComparison.Ordinal);
        Assert.StartsWith("gateway: no_recording: nothing like it is recorded", Assert.Single(calls.Calls).WorldFault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_needs_no_provider_and_spends_no_budget()
    {
        var service = await StubService.StartAsync(StubService.Says("then"));
        await using var earlier = GatewayRig.Of(service);
        await earlier.AskAsync(GatewayRig.Ask(), Fresh());
        await service.DisposeAsync();
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay, config => config with { Budgets = [new BudgetConfig("models.budget", Usd: 0.000001m, null, null, BudgetPeriod.Run)] }); // for no call at all

        var answer = await rig.AskAsync(GatewayRig.Ask(), Fresh());

        Assert.Equal(StubService.Completion("then"), answer.Text());
        Assert.Equal((0, null), (rig.Gateway.SpentUsd, rig.Gateway.BudgetRefusal));
    }

    [Fact]
    public async Task A_voting_agent_gets_its_five_answers_and_no_sixth()
    {
        await using var service = await StubService.StartAsync(FiveAnswers);
        await using var earlier = GatewayRig.Of(service);
        var votes = await VotesAsync(earlier, Fresh());
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);
        var calls = Fresh();

        var again = await VotesAsync(rig, calls);
        var sixth = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(5, votes.Distinct().Count());
        Assert.Equal(votes, again);
        Assert.Contains("only the ordinal differs: the sample asks this for time 6, recorded ordinals 0, 1, 2, 3, 4, asked ordinal 5", sixth.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_loop_gets_out_as_it_did()
    {
        await using var service = await StubService.StartAsync(
            StubService.Says("no JSON"), StubService.Json(400, """{"error":{"message":"no"}}"""), StubService.Says("done"));
        await using var earlier = GatewayRig.Of(service);
        var asked = await RetriedAsync(earlier);
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);

        var askedAgain = await RetriedAsync(rig);

        Assert.Equal((3, 3), (asked, askedAgain));
        Assert.Equal(3, service.Requests.Count);

        static async Task<int> RetriedAsync(GatewayRig rig)
        {
            var calls = Fresh();
            for (var n = 1; ; n++)
                if ((await rig.AskAsync(GatewayRig.Ask(), calls)).Text() == StubService.Completion("done")) return n;
        }
    }

    [Fact]
    public async Task A_replayed_stream_is_a_stream()
    {
        string[] pieces = ["data: {\"model\":\"stub-1\",\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n"];
        await using var service = await StubService.StartAsync(StubService.Streams(breaks: false, pieces));
        await using var earlier = GatewayRig.Of(service);
        await earlier.AskAsync(GatewayRig.Ask(stream: true), Fresh());
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);
        var streamed = new MemoryStream();
        var calls = Fresh();

        var relayed = await rig.Gateway.RelayAsync(
            GatewayRig.Ask(stream: true), calls, (_, chunk, token) => streamed.WriteAsync(chunk, token), TestContext.Current.CancellationToken);

        Assert.True(relayed is { IsRelayed: true, IsBroken: false });
        Assert.Equal(string.Concat(pieces), System.Text.Encoding.UTF8.GetString(streamed.ToArray()));
        Assert.Equal(("stub-1", "stop", true), (calls.Calls[0].ServedModel, calls.Calls[0].FinishReason, calls.Calls[0].Replayed));
    }

    [Theory]
    [MemberData(nameof(Hits))]
    public async Task A_recorded_request_to_an_upstream(CassetteMode mode, bool mayRecall, string expected)
    {
        await using var service = await StubService.StartAsync(StubService.Says("then"), StubService.Says("now"));
        await using var earlier = await UpstreamRig.ForAsync(service.Url);
        await (await earlier.GetAsync("/leads/7")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await using var rig = await earlier.AgainAsync(mode);
        rig.Calls = new SampleCalls("s", 0, mayRecall ? Recall.Recorded : Recall.Fresh);

        var body = await (await rig.GetAsync("/leads/7")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(StubService.Completion(expected), body);
        Assert.Equal(expected == "then", rig.Call.Replayed);
        Assert.Equal(expected == "then" ? 1 : 2, service.Requests.Count);
    }

    [Fact]
    public async Task An_unrecorded_request_to_an_upstream_in_replay_asks_nobody_and_is_the_worlds()
    {
        await using var service = await StubService.StartAsync(StubService.Says("then"));
        await using var earlier = await UpstreamRig.ForAsync(service.Url);
        foreach (var lead in (string[])["/leads/4711", "/leads/72"])
            await (await earlier.GetAsync(lead)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);

        var response = await rig.GetAsync("/leads/73");

        Assert.Equal((404, 2), ((int)response.StatusCode, service.Requests.Count));
        Assert.StartsWith("upstream CRM_URL (127.0.0.1): no_recording: address: recorded ", rig.Call.WorldFault, StringComparison.Ordinal);
        Assert.Contains("/leads/72\", asked ", rig.Call.Fault, StringComparison.Ordinal);
        Assert.Contains("no_recording", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", 200, true)]
    [InlineData("HTTP/1.1 200\r\n\r\nhello", 200, true)]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 500\r\n\r\nhello", 200, false)]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n", 200, false)]
    [InlineData("HTTP/1.1 200\r\nContent-Length: many\r\n\r\nhello", 200, false)]
    [InlineData("HTTP/1.1 200\r\nX-No-Value\r\n\r\nhello", 200, false)]
    [InlineData("HTTP/1.1 200\r\nX Y: 1\r\n\r\nhello", 200, false)]
    [InlineData("HTTP/1.1 200\r\nX: \u0001\r\n\r\nhello", 200, false)]
    [InlineData("HTTP/1.1 204\r\n\r\nhello", 204, false)]
    [InlineData("hello", 200, false)]
    public async Task A_made_up_answer_of_an_upstream_is_none_when_it_could_not_be_sent(string message, int status, bool answers)
    {
        await using var service = await StubService.StartAsync(StubService.Says("then"));
        await using var earlier = await UpstreamRig.ForAsync(service.Url);
        await (await earlier.GetAsync("/leads/7")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await earlier.Cassette.FlushAsync(TestContext.Current.CancellationToken);
        earlier.Database.Write(durable: false, (connection, transaction) =>
        {
            using var forge = connection.CreateCommand();
            forge.Transaction = (Microsoft.Data.Sqlite.SqliteTransaction)transaction;
            forge.CommandText = "update recording set answer = $answer, status = $status";
            forge.Parameters.AddWithValue("$answer", System.Text.Encoding.ASCII.GetBytes(message));
            forge.Parameters.AddWithValue("$status", status);
            return forge.ExecuteNonQuery();
        });
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);

        var response = await rig.GetAsync("/leads/7");

        Assert.Equal(answers ? 200 : 404, (int)response.StatusCode);
        if (answers) Assert.Equal("hello", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<List<string>> VotesAsync(GatewayRig rig, SampleCalls calls)
    {
        var votes = new List<string>();
        for (var n = 0; n < 5; n++) votes.Add((await rig.AskAsync(GatewayRig.Ask(), calls)).Text());
        return votes;
    }
}
