using Kintsugi.Bench.Patches;

namespace Kintsugi.EndToEnd.Repair;

/// <summary>A few of the patches that `Kintsugi.Bench patches` plants, in the same way.</summary>
public class PlantedPatchTests
{
    [Fact]
    public async Task Right_patches_pass_and_bad_ones_do_not()
    {
        var judged = await PatchBench.JudgeAsync(each: 2, seed: 1, heldOut: [24], (line, _) => TestContext.Current.TestOutputHelper!.WriteLine(line), TestContext.Current.CancellationToken);

        Assert.Equal(2, judged.Count(j => j.Patch.IsRight));
        Assert.All(judged, j => Assert.True(j.Passed == j.Patch.IsRight, $"{j.Patch}: {j.Reason}"));
    }
}
