using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>One block of candidate runs: in waves, in an order drawn beforehand, with fewer runs once what has run decides.</summary>
public sealed class BlockRun
{
    private readonly EpochBlock _block;
    private readonly BlockCourse _course;
    private readonly Sample[] _order;
    private readonly Dictionary<string, SampleRecord> _before;
    private readonly Func<int, int, IReadOnlyList<int>> _draws;
    private int _planned;
    private bool _isDecided;

    /// <param name="before">Every sample's record before this block.</param>
    /// <param name="draws">The epochs of so many runs more, given those there are: <see cref="Draws.Look"/>.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="isFast">Whether nothing but critical samples runs once it is decided.</param>
    public BlockRun(
        EpochBlock block, IReadOnlyList<Sample> samples, IReadOnlyList<SampleRecord> before, GateDefinition gate,
        Func<int, int, IReadOnlyList<int>> draws, int seed, bool isFast)
    {
        (_block, _before, _draws) = (block, before.ToDictionary(r => r.SampleId, StringComparer.Ordinal), draws);
        _course = BlockCourse.Of(block, samples.Count, before.Any(r => r.Head.Length > 0) ? 0 : gate.MinEpochs, isFast);
        _order = [.. samples];
        new Random(seed).Shuffle(_order);
        First = NextWave();
        Course = new EvalCourse(Next, samples.Sum(s => _course.EpochsOf(s.Critical, isDecided: false)) - First.Sum(p => p.Epochs.Count));
    }

    public IReadOnlyList<PlannedSample> First { get; }

    public EvalCourse Course { get; }

    /// <summary>Every sample's record after this block, in the order of the dataset.</summary>
    public static IReadOnlyList<SampleRecord> After(IReadOnlyList<SampleRecord> before, IEnumerable<SampleResult> results)
    {
        var outcomes = Outcomes.BySample(results);
        return [.. before.Select(r => r with { Head = r.Head + outcomes.GetValueOrDefault(r.SampleId, "") })];
    }

    /// <param name="records">After the block.</param>
    public Verdict Judge(IReadOnlyList<SampleRecord> records)
    {
        var bySample = records.ToDictionary(r => r.SampleId, StringComparer.Ordinal);
        return Gate.Judge([.. _order.Select(s => LookRunner.Counts(bySample[s.Id], s))], _order.Length, _block.Settings, _course.LookEvery);
    }

    private IReadOnlyList<PlannedSample>? Next(IReadOnlyList<SampleResult> results)
    {
        if (_planned >= _order.Length) return null;
        if (!_isDecided)
        {
            var outcomes = Outcomes.BySample(results);
            _isDecided = _course.IsDecided([.. _order.Take(_planned).Select(s => LookRunner.Counts(
                _before[s.Id] with { Head = _before[s.Id].Head + outcomes.GetValueOrDefault(s.Id, "") }, s))]);
        }

        return NextWave();
    }

    private IReadOnlyList<PlannedSample> NextWave()
    {
        var wave = _order.Skip(_planned).Take(_course.LookEvery).ToList();
        _planned += wave.Count;
        return
        [
            .. wave.Select(s => new PlannedSample(s, _draws(_before[s.Id].Head.Length, _course.EpochsOf(s.Critical, _isDecided)))).Where(p => p.Epochs.Count > 0),
        ];
    }
}
