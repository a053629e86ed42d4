using Kintsugi.Models.Routing;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

public class UnknownModelTests
{
    private const string Unknown = """{"error":{"message":"The model does not exist","type":"invalid_request_error","code":"model_not_found"}}""";

    private const string Served = """{"object":"list","data":[{"id":"stub-1"},{"id":"stub-large"},{"id":7},"x"]}""";

    [Fact]
    public async Task A_misspelt_model_is_told_the_nearest_that_the_provider_serves()
    {
        await using var service = await StubService.StartAsync(StubService.Json(404, Unknown), StubService.Json(200, Served));
        await using var rig = GatewayRig.Of(service);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(model: "stub-lrage"), calls);

        Assert.Equal(404, answer.Status);
        Assert.Contains("does not know the model 'stub-lrage'. The nearest it serves is 'stub-large'.", answer.Text(), StringComparison.Ordinal);
        Assert.Equal((null, Refusals.UnknownModel), (Assert.Single(calls.Calls).Fault, calls.Calls[0].Refusal));
    }

    [Fact]
    public async Task A_provider_that_serves_the_model_but_not_the_format_is_named()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(404), StubService.Json(200, Served));
        await using var rig = GatewayRig.Of(service);

        var answer = await rig.AskAsync(GatewayRig.Ask() with { Path = "/v1/responses" }, Fresh());

        Assert.Contains("serves 'stub-1', but not by /v1/responses.", answer.Text(), StringComparison.Ordinal);
        Assert.Contains("models.providers.p0.speaks", answer.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "{}")]
    [InlineData(200, "no JSON")]
    [InlineData(200, "[]")]
    public async Task Without_a_list_the_providers_own_words_stand(int status, string list)
    {
        await using var service = await StubService.StartAsync(StubService.Json(404, Unknown), StubService.Json(status, list));
        await using var rig = GatewayRig.Of(service);

        Assert.Equal(Unknown, (await rig.AskAsync(GatewayRig.Ask(model: "x"), Fresh())).Text());
    }

    [Fact]
    public async Task The_list_is_asked_for_once()
    {
        await using var service = await StubService.StartAsync(StubService.Json(404, Unknown), StubService.Json(200, Served), StubService.Json(404, Unknown));
        await using var rig = GatewayRig.Of(service);

        await rig.AskAsync(GatewayRig.Ask(model: "x"), Fresh());
        await rig.AskAsync(GatewayRig.Ask(model: "y"), Fresh());

        Assert.Single(service.Requests, request => request.Method == "GET");
    }
}
