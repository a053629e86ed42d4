using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Datasets.Exchange;

/// <summary>What one format says and the other cannot, counted while samples go from one to the other.</summary>
public sealed class ExchangeLosses
{
    private const int MostKinds = 50;
    private readonly Dictionary<string, ExchangeLoss> _kinds = new(StringComparer.Ordinal);

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<ExchangeLoss> All => [.. _kinds.Values.OrderByDescending(l => l.Count).ThenBy(l => l.What, StringComparer.Ordinal)];

    /// <param name="what">A kind of loss and what to do; may hold a stranger's words.</param>
    /// <param name="example">Where it happened first, a stranger's words.</param>
    public void Note(string what, string example)
    {
        var kind = Shown.Word(what, 200);
        if (!_kinds.ContainsKey(kind) && _kinds.Count >= MostKinds) kind = "other things";
        _kinds[kind] = _kinds.TryGetValue(kind, out var loss) ? loss with { Count = loss.Count + 1 } : new ExchangeLoss(kind, 1, Shown.Word(example, 100));
    }
}

/// <param name="Example">Where it happened first.</param>
public sealed record ExchangeLoss(string What, int Count, string Example);
