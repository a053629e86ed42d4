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

    [Theory]
    [InlineData("a fix in doubt is judged again", true)]
    [InlineData("the policy rolls back", false)]
    public async Task A_heal_in_which_somebody_writes_or_decides_goes_on_after_any_event(string path, bool atQuestions)
    {
        var random = new Random(7);

        var report = await WrittenKills.DrillAsync(
            WrittenPath.All.Single(p => p.Name == path), () => random.Next(4, 7), atQuestions, output.WriteLine, TestContext.Current.CancellationToken);

        Assert.Empty(report.Problems);
        Assert.True(report.Killed >= 2);
    }
}
