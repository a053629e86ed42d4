using System.ClientModel;
using System.ComponentModel;
using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Roles;
using Kintsugi.Models.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace Kintsugi.Tests.Models;

public class RoleClientTests
{
    private const string ToolCall =
        """
        {"id":"c1","object":"chat.completion","created":1,"model":"stub-1","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"Size","arguments":"{\"company\":\"acme\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}
        """;

    [Fact]
    public async Task A_role_asks_the_model_that_its_route_names()
    {
        await using var service = await StubService.StartAsync(StubService.Says("because of the prompt"));
        await using var rig = GatewayRig.Of(Roles("triage", "p0/stub-1"), service.Url);
        var calls = Calls("triage");
        using var client = RoleClient.Create(rig.Gateway, calls);

        var answer = await client.GetResponseAsync("why?", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("because of the prompt", answer.Text);
        Assert.Equal(1000, answer.Usage!.InputTokenCount);
        Assert.Contains("\"model\":\"stub-1\"", Assert.Single(service.Requests).Body, StringComparison.Ordinal);
        Assert.Equal("stub-1", Assert.Single(calls.Calls).Model);
    }

    [Fact]
    public async Task Its_tools_are_called_by_the_ecosystems_own_loop()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, ToolCall), StubService.Says("acme has 250 people"));
        await using var rig = GatewayRig.Of(Roles("repair", "p0/stub-1"), service.Url);
        using var client = RoleClient.Create(rig.Gateway, Calls("repair")).AsBuilder().UseFunctionInvocation().Build();

        var answer = await client.GetResponseAsync(
            "how large?", new ChatOptions { Tools = [AIFunctionFactory.Create(Size)] }, TestContext.Current.CancellationToken);

        Assert.Equal("acme has 250 people", answer.Text);
        Assert.Contains("250", service.Requests[1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_streamed_answer_arrives_while_it_is_being_written()
    {
        var isRead = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(async context =>
        {
            await StubService.Streams(breaks: false, Chunk("one"))(context);
            await isRead.Task; // the second half is written only when the first has been read
            await context.Response.WriteAsync(Chunk(" two", "stop") + "data: [DONE]\n\n", context.RequestAborted);
        });
        await using var rig = GatewayRig.Of(Roles("triage", "p0/stub-1"), service.Url);
        using var client = RoleClient.Create(rig.Gateway, Calls("triage"));
        var text = new StringBuilder();

        await foreach (var update in client.GetStreamingResponseAsync("why?", cancellationToken: TestContext.Current.CancellationToken))
        {
            text.Append(update.Text);
            if (text.Length > 0) isRead.TrySetResult();
        }

        Assert.Equal("one two", text.ToString());
    }

    [Fact]
    public async Task A_stream_that_breaks_off_is_no_answer()
    {
        await using var service = await StubService.StartAsync(StubService.Streams(breaks: true, Chunk("half")));
        await using var rig = GatewayRig.Of(Roles("triage", "p0/stub-1"), service.Url);
        using var client = RoleClient.Create(rig.Gateway, Calls("triage"));

        var failed = await Assert.ThrowsAsync<ModelUnavailableException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("why?", cancellationToken: TestContext.Current.CancellationToken)) { }
        });

        Assert.Equal(Faults.Cut, failed.Fault);
    }

    [Theory]
    [InlineData(401, Faults.RefusedKey)]
    [InlineData(503, Faults.Overloaded)]
    public async Task A_world_that_fails_is_an_exception_of_its_own(int status, string fault)
    {
        await using var service = await StubService.StartAsync(StubService.Fails(status));
        await using var rig = GatewayRig.Of(Roles("triage", "p0/stub-1"), service.Url);
        using var client = RoleClient.Create(rig.Gateway, Calls("triage"));

        var failed = await Assert.ThrowsAsync<ModelUnavailableException>(() => client.GetResponseAsync("why?", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(fault, failed.Fault);
        Assert.StartsWith($"No model answers for triage ({fault}).", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_is_refused_for_its_own_sake_is_the_callers()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(400));
        await using var rig = GatewayRig.Of(Roles("triage", "p0/stub-1"), service.Url);
        using var client = RoleClient.Create(rig.Gateway, Calls("triage"));

        var refused = await Assert.ThrowsAsync<ClientResultException>(() => client.GetResponseAsync("why?", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(400, refused.Status);
    }

    [Fact]
    public async Task Who_cancels_ends_the_call()
    {
        var asked = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(StubService.Stalls(asked));
        await using var rig = GatewayRig.Of(Roles("triage", "p0/stub-1"), service.Url);
        var calls = Calls("triage");
        using var client = RoleClient.Create(rig.Gateway, calls);
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var asking = client.GetResponseAsync("why?", cancellationToken: impatient.Token);
        await asked.Task;
        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(499, Assert.Single(calls.Calls).Answer.Status);
    }

    [Theory]
    [InlineData("context_length_exceeded")]
    [InlineData("content_filter")]
    public async Task Another_model_of_its_route_may_answer_what_the_first_cannot(string code)
    {
        await using var first = await StubService.StartAsync(StubService.Json(400, """{"error":{"message":"no","code":"CODE"}}""".Replace("CODE", code, StringComparison.Ordinal)));
        await using var second = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(Roles("triage", "p0/small", "p1/stub-1"), first.Url, second.Url);
        using var client = RoleClient.Create(rig.Gateway, Calls("triage"));

        var answer = await client.GetResponseAsync("why?", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("yes", answer.Text);
    }

    [Description("How many people work there.")]
    private static int Size(string company) => company == "acme" ? 250 : 0;

    private static string Chunk(string text, string? finish = null) =>
        """data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"stub-1","choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":FINISH}]}"""
            .Replace("TEXT", text, StringComparison.Ordinal)
            .Replace("FINISH", finish is null ? "null" : $"\"{finish}\"", StringComparison.Ordinal) + "\n\n";

    private static SampleCalls Calls(string role) => new("incident", 0, Recall.Fresh, role);

    private static Func<ModelsConfig, ModelsConfig> Roles(string role, params string[] route) =>
        config => config with { Roles = new Dictionary<string, IReadOnlyList<string>>(config.Roles) { [role] = route } };
}
