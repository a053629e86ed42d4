using Kintsugi.Bench;

namespace Kintsugi.EndToEnd;

/// <summary>A slice of `bench disasters`: each kind while it triages, and a full disk when the fix is to be written.</summary>
[Collection(Drills.Name)]
public sealed class DisasterTests(ITestOutputHelper output)
{
    private const int InTriage = 6;
    private const int BeforeTheBranch = 13;

    [Fact]
    public async Task A_world_that_breaks_is_no_broken_agent_and_the_heal_goes_on_once_it_is_whole()
    {
        Assert.SkipUnless(Environment.UserName == "root", "A small file system and a sandbox program of its own need root.");

        var disasters = await DisasterBench.DrillAsync(Enum.GetValues<DisasterKind>(), (kind, after) => after == InTriage || (kind == DisasterKind.FullDisk && after == BeforeTheBranch), output.WriteLine, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(disasters, d => d.Problem is not null);
        Assert.Equal(Enum.GetValues<DisasterKind>(), disasters.Select(d => d.Kind).Distinct());
        Assert.StartsWith("repair: attempt", disasters.Single(d => d.After == BeforeTheBranch).Step, StringComparison.Ordinal);
    }
}
