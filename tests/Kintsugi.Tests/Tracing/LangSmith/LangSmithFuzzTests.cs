using System.Net;

namespace Kintsugi.Tests.Tracing.LangSmith;

/// <summary>A slice of what strangers may send (`Kintsugi.Bench ingest-fuzz` sends more): whatever it is, the answer is one that says what is wrong with it.</summary>
public class LangSmithFuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100_001)]
    public async Task Nothing_that_is_sent_is_a_failure_of_ours(int firstSeed)
    {
        await using var host = await LangSmithHost.StartAsync();
        for (var seed = firstSeed; seed < firstSeed + 1_500; seed++)
        {
            using var request = LangSmithFuzz.Request(new Random(seed));
            using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);

            Assert.True((int)response.StatusCode < 500, $"{request.Method} {request.RequestUri} of seed {seed}: {(int)response.StatusCode}");
        }
        Assert.Equal(HttpStatusCode.Accepted, (await host.PostAsync("/runs", $$"""{"id":"{{LangSmithFuzz.Id}}","name":"still here"}""")).Status);
    }
}
