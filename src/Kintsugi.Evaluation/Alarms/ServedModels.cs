using Kintsugi.Storage;
namespace Kintsugi.Evaluation.Alarms;

/// <summary>What a provider said of one answer.</summary>
/// <param name="Asked">The name that the request had.</param>
/// <param name="Served">The model that the answer names; null where it names none.</param>
/// <param name="Fingerprint">Of the provider's configuration; null where the provider gives none.</param>
public sealed record ServedCall(DateTimeOffset At, string Asked, string? Served, string? Fingerprint);

public enum ServedFact
{
    /// <summary>Another model answers to the name: shown, not inferred.</summary>
    Model = 0,

    /// <summary>The provider's configuration is another one: a hint, as providers change it without changing answers.</summary>
    Fingerprint = 1,
}

/// <summary>Something that a provider says now and did not say before.</summary>
/// <param name="Was">All that it said before, sorted, at most ten.</param>
/// <param name="Now">Cut at 120 characters.</param>
/// <param name="Calls">Calls since with this value.</param>
/// <param name="Of">Calls since that had any.</param>
public sealed record ServedChange(string Asked, ServedFact Fact, IReadOnlyList<string> Was, string Now, DateTimeOffset FirstSeen, int Calls, int Of);

/// <summary>Changes of the model behind a name, as the provider itself tells them.</summary>
/// <remarks>Evidence, not a test: calls of one minute reach one server, so their number is no sample size. A value counts as new where the reference has none like it
/// for the same asked name; a name that was not asked before, or about which the provider said nothing before, shows nothing.</remarks>
public static class ServedModels
{
    private const int LongestValue = 120;
    private const int MostShown = 10;

    /// <param name="reference">Calls from when the agent was known good.</param>
    /// <param name="current">Calls since.</param>
    /// <returns>The earliest first.</returns>
    public static IReadOnlyList<ServedChange> Changes(IReadOnlyList<ServedCall> reference, IReadOnlyList<ServedCall> current)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(current);
        return [.. New(ServedFact.Model, c => c.Served).Concat(New(ServedFact.Fingerprint, c => c.Fingerprint))
            .OrderBy(c => c.FirstSeen).ThenBy(c => c.Fact).ThenBy(c => c.Now, StringComparer.Ordinal)];

        IEnumerable<ServedChange> New(ServedFact fact, Func<ServedCall, string?> value)
        {
            var before = reference.Where(c => value(c) is not null).ToLookup(c => c.Asked, c => value(c)!, StringComparer.Ordinal);
            return from call in current
                   where value(call) is not null && before.Contains(call.Asked)
                   group call by call.Asked into asked
                   let was = before[asked.Key].ToHashSet(StringComparer.Ordinal)
                   from now in asked.GroupBy(c => value(c)!, StringComparer.Ordinal)
                   where !was.Contains(now.Key)
                   select new ServedChange(
                       Shown.Word(asked.Key, LongestValue), fact, [.. was.Select(w => Shown.Word(w, LongestValue)).Order(StringComparer.Ordinal).Take(MostShown)],
                       Shown.Word(now.Key, LongestValue), now.Min(c => c.At), now.Count(), asked.Count());
        }
    }
}
