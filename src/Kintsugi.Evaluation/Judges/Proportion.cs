using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Evaluation.Judges;

/// <summary>So many of so many.</summary>
public sealed record Proportion(int Count, int Of)
{
    /// <summary>With its Clopper–Pearson interval, which covers with at least 95 % whatever the rate; null where nothing was counted.</summary>
    public Estimate? Rate
    {
        get
        {
            if (Of == 0) return null;
            var (low, high) = RateInterval.ClopperPearson(Count, Of, Estimate.Error);
            return new Estimate((double)Count / Of, low, high);
        }
    }
}
