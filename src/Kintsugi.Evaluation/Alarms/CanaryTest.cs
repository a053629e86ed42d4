using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Evaluation.Alarms;

/// <summary>One hour in which two versions answered requests that chance divided between them.</summary>
/// <param name="CandidateErrors">By signature, the requests that hit it at least once: no more than <paramref name="CandidateRequests"/>.</param>
/// <param name="ControlErrors">Likewise, no more than <paramref name="ControlRequests"/>.</param>
public sealed record CanaryHour(
    int CandidateRequests, int ControlRequests, IReadOnlyDictionary<string, int> CandidateErrors, IReadOnlyDictionary<string, int> ControlErrors);

/// <param name="PValue">Of this signature alone; an alarm where at most alpha / <see cref="CanaryVerdict.Tested"/>.</param>
public sealed record CanarySignature(string Signature, int CandidateErrors, int ControlErrors, double PValue);

/// <param name="Tested">How many signatures share alpha: only those that occur often enough to be shown at all.</param>
/// <param name="Risen">The signatures that the candidate has more of, strongest first.</param>
public sealed record CanaryVerdict(bool Alarm, int Tested, IReadOnlyList<CanarySignature> Risen);

/// <summary>Whether a candidate that answers beside the old version has more errors of some kind than its share.</summary>
/// <remarks>
/// <para>Each signature is compared within its hours by the exact conditional test of <see cref="ConditionalTest"/>: given an hour's errors, which version met them is
/// chance. Whatever hits both versions in the same hour, a provider's outage or a rush, drops out by design. Signatures share alpha by Tarone's correction
/// (1990, Biometrics 46, 515–522): one whose smallest possible p-value is too large to matter costs nothing, so thousands of single errors do not hide a rise.</para>
/// <para>Guarantee: P(alarm) ≤ alpha exactly, over all signatures, if requests are divided at random and fail independently given the hour. Not if whole tenants or
/// sessions are routed, whose errors come together; and for one look at a period fixed beforehand.</para>
/// </remarks>
public static class CanaryTest
{
    /// <param name="alpha">In (0, 1): false alarms a canary.</param>
    /// <exception cref="ArgumentException">A signature counts more errors than its version has requests in that hour.</exception>
    public static CanaryVerdict Judge(IReadOnlyList<CanaryHour> hours, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(hours);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(alpha, 1);
        var signatures = hours.SelectMany(h => h.CandidateErrors.Keys.Concat(h.ControlErrors.Keys)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var counts = signatures.ConvertAll(signature => Counts(hours, signature));
        var tested = Tested([.. counts.Select(c => ConditionalTest.PValueOfRise(AllOnTheCandidate(c)))], alpha);
        var risen = from signature in signatures.Zip(counts)
                    let pValue = ConditionalTest.PValueOfRise(signature.Second)
                    where pValue <= alpha / tested
                    orderby pValue
                    select new CanarySignature(signature.First, signature.Second.Sum(c => c.CandidateFailures), signature.Second.Sum(c => c.BaselineFailures), pValue);
        List<CanarySignature> found = [.. risen];
        return new CanaryVerdict(found.Count > 0, tested, found);
    }

    /// <summary>Tarone's number of tests: the smallest k such that at most k of them can reach alpha / k.</summary>
    internal static int Tested(IReadOnlyList<double> smallestPossible, double alpha)
    {
        for (var k = 1; ; k++)
        {
            if (smallestPossible.Count(p => p <= alpha / k) <= k) return k;
        }
    }

    private static List<SampleCounts> Counts(IReadOnlyList<CanaryHour> hours, string signature) =>
        [.. hours.Select((hour, i) => new SampleCounts(
            $"hour {i}", hour.ControlErrors.GetValueOrDefault(signature), hour.ControlRequests, hour.CandidateErrors.GetValueOrDefault(signature), hour.CandidateRequests))];

    private static List<SampleCounts> AllOnTheCandidate(List<SampleCounts> counts) => counts.ConvertAll(c =>
    {
        var errors = c.CandidateFailures + c.BaselineFailures;
        var most = Math.Min(errors, c.CandidateRuns);
        return c with { CandidateFailures = most, BaselineFailures = errors - most };
    });
}
