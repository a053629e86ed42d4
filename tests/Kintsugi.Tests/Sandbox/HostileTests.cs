using System.Runtime.Versioning;

namespace Kintsugi.Tests.Sandbox;

/// <summary>What hostile code tries from inside: the scripts of Attacks/. Each comes, in every tier, to what <see cref="AttackTable"/> says.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostileTests(HostileRuns runs) : IClassFixture<HostileRuns>
{
    public static TheoryData<string> Scripts => [.. AttackTable.All.Where(attack => attack.FromInside).Select(attack => attack.Script!)];

    public static TheoryData<string> Tiers => [.. AttackTable.Tiers];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task An_attack_comes_to_what_the_table_says(string script)
    {
        foreach (var tier in runs.Tiers.Available.Keys)
        {
            var run = await runs.Of(tier, script);
            if (AttackTable.Of(script).NotHeldIn(tier) is { } why)
                Assert.True(!run.Held && run.Result.Error == "", $"Tier {tier} is said not to hold ({why}), but: {run}");
            else
                Assert.True(run.Held, $"Tier {tier} does not hold: {run}");
            Assert.False(run.TreeChanged, $"Tier {tier} lets the command change the host's tree.");
        }
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public void A_tier_was_attacked(string tier) =>
        Assert.SkipWhen(runs.Tiers.Missing.TryGetValue(tier, out var why), why ?? "");
}
