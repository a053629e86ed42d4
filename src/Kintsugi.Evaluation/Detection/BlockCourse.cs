namespace Kintsugi.Evaluation.Detection;

/// <summary>How a block runs: in waves of samples, in an order drawn beforehand, with one look of the test over all samples after each wave.</summary>
/// <param name="Samples">Of the dataset.</param>
/// <param name="LookEvery">Samples in a wave; all of them where being decided would save no run.</param>
/// <param name="EpochsOnceDecided">Runs of each sample whose turn comes when the test has decided: the slices, the floor and the report still need one.</param>
/// <remarks>The last wave may be smaller. How many runs a sample gets never depends on its own outcomes, nor on any that the deciding look had not seen.</remarks>
public sealed record BlockCourse(EpochBlock Block, int Samples, int LookEvery, int EpochsOnceDecided)
{
    private const int Looks = 8;
    private const int FastLooks = 20;

    /// <param name="minEpochs">Runs that each sample is to have when the block begins with none, in [0, the block's].</param>
    /// <param name="isFast">Whether to stop altogether once it is decided: slices and floor are then judged on what has run.</param>
    public static BlockCourse Of(EpochBlock block, int samples, int minEpochs, bool isFast)
    {
        ArgumentNullException.ThrowIfNull(block);
        var once = isFast ? 0 : Math.Min(minEpochs, block.Epochs);
        var looks = isFast ? FastLooks : Looks;
        return new BlockCourse(block, samples, once < block.Epochs ? Math.Max(1, (samples + looks - 1) / looks) : Math.Max(1, samples), once);
    }

    /// <param name="isDecided">By what ran in the waves before.</param>
    public int EpochsOf(bool isCritical, bool isDecided) => isCritical ? Block.CriticalEpochs : isDecided ? EpochsOnceDecided : Block.Epochs;

    /// <param name="counts">Of the waves so far, in the order in which they ran.</param>
    public bool IsDecided(IReadOnlyList<SampleCounts> counts) => PathOf(counts).Kind != SequentialKind.Undecided;

    /// <summary>The looks of the test over all samples, up to the one that decides.</summary>
    /// <param name="counts">Of the waves so far, in the order in which they ran.</param>
    public SequentialOutcome PathOf(IReadOnlyList<SampleCounts> counts) => SequentialTest.Decide(counts, Gate.PlanOf(Samples, Block.Settings, LookEvery));
}
