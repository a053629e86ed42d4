using System.Collections.Concurrent;
using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Providers;
using Kintsugi.Tests.Models.Outage;

namespace Kintsugi.Tests.Models;

/// <summary>A slice of the outage drill of bench/: the preferred one of two providers fails half of its calls in five ways.</summary>
public class OutageTests
{
    private const int Seed = 1, Questions = 500, AtOnce = 32;

    // On the real clock, since it is the timing of many calls at once that is tried. The timeout is long and silence rare, so that a busy
    // machine does not make an answer late that the service has already billed.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly GatewayLimits Limits = new() { FirstPause = TimeSpan.FromMilliseconds(1) };

    private static readonly IReadOnlyList<OutageFault> Ways =
    [
        .. Enumerable.Repeat<OutageFault[]>([OutageFault.RateLimit, OutageFault.Error, OutageFault.Cut, OutageFault.Garbage], 8).SelectMany(ways => ways),
        OutageFault.Stall,
    ];

    [Fact]
    public async Task Every_answer_is_right_given_once_and_paid_once_while_a_provider_fails_half_of_its_calls()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var failing = new OutageStub(Seed, failing: 0.5, Ways);
        await using var healthy = new OutageStub(Seed, failing: 0, Ways);
        await failing.StartAsync(cancellationToken);
        await healthy.StartAsync(cancellationToken);
        await using var gateway = Gateway(failing.Url, healthy.Url);
        var samples = new ConcurrentDictionary<string, SampleCalls>();
        await using var edge = await Edge.StartAsync(context =>
            new GatewaySeat(gateway, samples.GetOrAdd(context.Request.Headers[OutageClient.NumberHeader].ToString(), number => new SampleCalls(number, 0, Recall.Fresh))));
        var client = new OutageClient(edge.Client);
        var ends = new OutageEnd[Questions];

        await Parallel.ForEachAsync(Enumerable.Range(0, Questions), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (n, token) =>
            ends[n] = await client.AskAsync(OutageQuestion.Of(Seed, n), token));
        await failing.StopAsync(cancellationToken);
        await healthy.StopAsync(cancellationToken);

        var account = new OutageAccount([.. samples.Values.SelectMany(sample => sample.Calls)], [failing, healthy], gateway.SpentUsd, gateway.HeldUsd);
        Assert.All(Enumerable.Range(0, Questions), n => Assert.True(ends[n] == OutageEnd.Right || (n % 2 == 1 && ends[n] == OutageEnd.Broken), $"question {n}: {ends[n]}")); // the odd ones are streams
        Assert.Contains(OutageEnd.Broken, ends);
        Assert.Equal(0, account.AnsweredTwice);
        Assert.Equal(account.BilledToldUsd, account.SpentUsd);
        Assert.True(account.HeldUsd >= account.BilledUntoldUsd, $"{account.BilledUntoldUsd} USD were billed without being told, and {account.HeldUsd} held");
        Assert.All(failing.Attempts.Values.Concat(healthy.Attempts.Values), attempts => Assert.InRange(attempts, 1, Limits.MaxAttempts));
        Assert.Contains(account.Calls, call => call.Provider == "p1");
        Assert.Equal(Enum.GetValues<OutageFault>(), failing.Faults.Distinct().Order());
    }

    private static ModelGateway Gateway(params Uri[] urls)
    {
        var providers = urls.Select((url, n) => new ProviderConfig($"p{n}", "openai", url, null) { Limits = new ProviderLimits { Timeout = Patience } }).ToDictionary(provider => provider.Name);
        var config = ModelsConfig.Embedded with { Providers = providers, Roles = new Dictionary<string, IReadOnlyList<string>> { ["agent"] = ["p0", "p1"] } };
        return new ModelGateway(
            config, ProviderCatalogue.Create(config, _ => throw new InvalidOperationException("No simulated provider here."), TimeProvider.System),
            cassette: null, TimeProvider.System, Limits, PriceList.Parse(Encoding.UTF8.GetBytes(OutageQuestion.Prices)));
    }
}
