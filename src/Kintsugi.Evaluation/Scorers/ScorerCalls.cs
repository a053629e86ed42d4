using Kintsugi.Models;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>What scorers ask models about one answer: by role, so that equal questions of one role are numbered, and all of it can be paid for.</summary>
/// <param name="sampleId">Whose answer it is.</param>
/// <param name="recall">As for the agent's own calls: where its answers may be old, so may what was said of them.</param>
public sealed class ScorerCalls(string sampleId, int epoch, Recall recall)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SampleCalls> _byRole = new(StringComparer.Ordinal);

    public SampleCalls As(string role)
    {
        lock (_lock)
        {
            if (!_byRole.TryGetValue(role, out var calls)) _byRole.Add(role, calls = new SampleCalls(sampleId, epoch, recall, role));
            return calls;
        }
    }

    /// <summary>Calls that have ended.</summary>
    public IReadOnlyList<OutsideCall> All
    {
        get { lock (_lock) return [.. _byRole.Values.SelectMany(calls => calls.All)]; }
    }
}
