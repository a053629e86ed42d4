using Kintsugi.Models;

namespace Kintsugi.Tests.Models.Outage;

/// <summary>The gateway's account beside the services' bills.</summary>
internal sealed record OutageAccount(IReadOnlyList<RecordedCall> Calls, IReadOnlyList<OutageStub> Providers, decimal SpentUsd)
{
    private IReadOnlyList<BilledAnswer> Bill { get; } = [.. Providers.SelectMany(provider => provider.Bill)];

    /// <summary>What the gateway spent on calls whose usage it was told.</summary>
    public decimal ToldUsd => Calls.Where(call => call.InputTokens > 0).Sum(call => call.CostUsd ?? 0);

    /// <summary>What it spent beyond that.</summary>
    public decimal HeldUsd => SpentUsd - ToldUsd;

    public decimal BilledToldUsd => Bill.Where(answer => answer.TellsUsage).Sum(answer => answer.Usd);

    public decimal BilledUntoldUsd => Bill.Where(answer => !answer.TellsUsage).Sum(answer => answer.Usd);

    public int Untold => Bill.Count(answer => !answer.TellsUsage);

    public int AnsweredTwice => Bill.GroupBy(answer => answer.Number).Count(answers => answers.Count() > 1);
}
