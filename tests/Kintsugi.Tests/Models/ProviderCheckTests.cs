using Kintsugi.Models.Providers;

namespace Kintsugi.Tests.Models;

public class ProviderCheckTests
{
    [Theory]
    [InlineData(200, """{"data":[{"id":"a"},{"id":"b"}]}""", true, "key accepted, 2 models")]
    [InlineData(401, """{"error":{"message":"no"}}""", false, "refuses its key (401): set STUB_KEY to a valid one")]
    [InlineData(404, "{}", null, "answers, and lists no models")]
    [InlineData(500, "{}", false, "answers with status 500")]
    [InlineData(200, "<html>", false, "answers with something that is no list of models")]
    public async Task It_says_whether_a_key_is_good(int status, string body, bool? well, string words)
    {
        await using var service = await StubService.StartAsync(StubService.Json(status, body));

        var check = await AskAsync(service.Url);

        Assert.Equal(well, check.Well);
        Assert.StartsWith(words, check.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_not_there_cannot_be_reached()
    {
        Uri url;
        await using (var service = await StubService.StartAsync(StubService.Says("yes"))) url = service.Url;

        var check = await AskAsync(url);

        Assert.Equal((false, true), (check.Well, check.Words.StartsWith("cannot be reached", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_not_waited_for()
    {
        await using var service = await StubService.StartAsync(StubService.Stalls(new TaskCompletionSource()));

        var check = await AskAsync(service.Url, new SkippingClock());

        Assert.Equal((false, "no answer within 10 s"), (check.Well, check.Words));
    }

    private static async Task<ProviderCheck> AskAsync(Uri url, TimeProvider? clock = null)
    {
        var config = new Kintsugi.Models.ProviderConfig("p0", "openai", url, GatewayRig.Key) { KeyVariable = "STUB_KEY" };
        using var provider = HttpProvider.Create(config, ProviderKind.OpenAi, TimeProvider.System);
        return await ProviderCheck.AskAsync(provider, config, TimeSpan.FromSeconds(10), clock ?? TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
