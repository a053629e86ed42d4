using Kintsugi.Models;

namespace Kintsugi.Tests.Models.Outage;

/// <summary>The gateway's account beside the services' bills.</summary>
/// <param name="SpentUsd">What the gateway was told that answers used.</param>
/// <param name="HeldUsd">What the others used at most.</param>
internal sealed record OutageAccount(IReadOnlyList<RecordedCall> Calls, IReadOnlyList<OutageStub> Providers, decimal SpentUsd, decimal HeldUsd)
{
    private IReadOnlyList<BilledAnswer> Bill { get; } = [.. Providers.SelectMany(provider => provider.Bill)];

    public decimal BilledToldUsd => Bill.Where(answer => answer.TellsUsage).Sum(answer => answer.Usd);

    public decimal BilledUntoldUsd => Bill.Where(answer => !answer.TellsUsage).Sum(answer => answer.Usd);

    public int Untold => Bill.Count(answer => !answer.TellsUsage);

    public int AnsweredTwice => Bill.GroupBy(answer => answer.Number).Count(answers => answers.Count() > 1);
}
