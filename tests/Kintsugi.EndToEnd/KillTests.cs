using Kintsugi.Bench;

namespace Kintsugi.EndToEnd;

/// <summary>A seeded slice of `bench kill`.</summary>
[Collection(Drills.Name)]
public sealed class KillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_heal_that_is_killed_at_any_moment_goes_on_where_its_log_ends()
    {
        var report = await KillBench.DrillAsync(kills: 5, seed: 7, "prompt", output.WriteLine, TestContext.Current.CancellationToken);

        Assert.Empty(report.Problems);
        Assert.True(report.Kills >= 5);
    }
}
