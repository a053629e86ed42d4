namespace Kintsugi.Healing.Repair;

/// <summary>One of several changes that were written side by side for one attempt, and why it was, or was not, the one that was judged.</summary>
/// <param name="N">From 1.</param>
/// <param name="Model">Who wrote it, `provider/model` as the provider names it. A stranger's word, cut.</param>
/// <param name="Summary">What its writer said of it, likewise; empty where there was no answer.</param>
/// <param name="Refusal">Why it could not be the one; null where it could.</param>
/// <param name="Passed">Of <paramref name="Runs"/>, on draws that nothing else rests on.</param>
/// <param name="Runs">0 where it was not ranked, because it was refused or the only one left.</param>
/// <param name="Lines">That it adds or takes out.</param>
/// <param name="Chosen">Whether it was the one.</param>
public sealed record CandidateScore(int N, string Model, string Summary, string? Refusal, int Passed, int Runs, int Lines, bool Chosen)
{
    /// <summary>Share of the runs that passed; 0 without any.</summary>
    public double Rate() => Runs == 0 ? 0 : (double)Passed / Runs;
}

/// <summary>Which of several candidates is judged.</summary>
/// <remarks>
/// What is chosen because its runs look good looks better than it is: of eight useless fixes of an agent at 80 %, the best of 20 runs each shows 95 % or more in 44 of 100 cases. So the runs
/// that choose are never those that accept.
/// </remarks>
public static class CandidateRanking
{
    /// <returns>The place of the best: by its rate, then the smaller change, then the order; null when all are refused.</returns>
    public static int? Best(IReadOnlyList<CandidateScore> candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        return candidates.Index().Where(c => c.Item.Refusal is null)
            .OrderByDescending(c => c.Item.Rate()).ThenBy(c => c.Item.Lines).ThenBy(c => c.Item.N)
            .Select(c => (int?)c.Index).FirstOrDefault();
    }
}
