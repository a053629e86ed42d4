namespace Kintsugi.Healing.Triage;

/// <summary>One replay of a culprit search over its log. Every step that needs an outcome asks for it and hands back the trial when the log has none:
/// a returned trial means "wait for this".</summary>
internal sealed class CulpritWalk
{
    private const double SearchError = 0.02;
    private const double ConfirmError = 0.005;
    private const int Attempts = 3;

    // Pairs of twelve are 66 trials of versions most of which do not even start.
    private const int LargestPaired = 12;

    private readonly SearchState state;
    private readonly Dictionary<string, TrialOutcome> known = [];
    private int attempt;
    private bool contradicted;

    public CulpritWalk(SearchState state)
    {
        this.state = state;
        foreach (var (trial, outcome) in state.Observations) known[Key(trial.Purpose, trial.Drop, trial.Attempt)] = outcome;
        Pending = Run();
    }

    public Trial? Pending { get; }

    public Culprit? Found { get; private set; }

    private int Count => state.Suspicion.Count;

    private Trial? Run()
    {
        var everything = Enumerable.Range(0, Count).ToList();
        for (attempt = 0; ; attempt++)
        {
            contradicted = false;
            if (Minimal(everything, out var culprit, out var joined) is { } searching) return searching;
            if (contradicted && attempt + 1 < Attempts) continue;
            var confirmed = !contradicted;
            if (Alternatives(culprit, out var breaksAlone, out var also) is { } looking) return looking;
            Found = new Culprit(
                culprit, also, breaksAlone, [.. joined.Select(group => group.Intersect(culprit).ToList()).Where(group => group.Count > 1)], confirmed, state.Observations.Count);
            return null;
        }
    }

    /// <summary>A minimal subset of the pool without which head is good, given that head without the whole pool is.</summary>
    private Trial? Minimal(List<int> pool, out List<int> culprit, out List<List<int>> joined)
    {
        var groups = state.Together.Select(group => group.Intersect(pool).ToList()).Where(group => group.Count > 0).ToList();
        var atoms = pool.Except(groups.SelectMany(group => group)).Select(h => new List<int> { h }).Concat(groups)
            .OrderByDescending(atom => atom.Max(h => state.Suspicion[h])).ThenBy(atom => atom[0]).ToList();
        culprit = [];
        joined = [];
        for (; ; )
        {
            if (Collect(atoms, out culprit, out var join) is { } collecting) return collecting;
            if (contradicted || join is not { } ends) break;
            atoms[ends.First].AddRange(atoms[ends.Last]);
            atoms.RemoveAt(ends.Last);
        }

        joined = [.. atoms.Where(atom => atom.Count > 1).Select(atom => atom.Order().ToList())];
        return contradicted ? null : Shrink(ref culprit);
    }

    /// <summary>Collects necessary atoms until they mend by themselves; or says which two atoms must be joined first.</summary>
    private Trial? Collect(List<List<int>> atoms, out List<int> culprit, out (int First, int Last)? join)
    {
        culprit = [];
        join = null;
        for (var good = atoms.Count; ;)
        {
            if (LastNeeded(culprit, atoms, good, out var needed, out join) is { } halving) return halving;
            if (join is not null) return null;
            culprit = [.. culprit, .. atoms[needed - 1]];
            if (Ask(TrialPurpose.Confirm, culprit, out var alone) is { } confirming) return confirming;
            if (alone == TrialOutcome.Good) return null;

            // Before going on below it: was the prefix really good? A wrong Good would have the search collect every hunk of it.
            good = needed - 1;
            if (Ask(TrialPurpose.Confirm, [.. culprit, .. atoms.Take(good).SelectMany(a => a)], out var prefix) is { } checking) return checking;
            if (good > 0 && prefix == TrialOutcome.Good) continue;
            contradicted = true;
            return null;
        }
    }

    /// <summary>The smallest k for which dropping the culprit and the first k atoms is good, given that k = <paramref name="good"/> is and 0 is not.</summary>
    private Trial? LastNeeded(List<int> culprit, List<List<int>> atoms, int good, out int needed, out (int First, int Last)? join)
    {
        var bad = 0;
        join = null;
        needed = good;
        while (good - bad > 1)
        {
            var middle = Halfway(atoms, bad, good);
            if (AskPrefix(culprit, atoms, middle, out var outcome) is { } halving) return halving;
            if (outcome == TrialOutcome.Unresolved)
            {
                if (DeadStretch(culprit, atoms, middle, ref bad, ref good, out join) is { } probing) return probing;
                if (join is not null) return null;
            }
            else if (outcome == TrialOutcome.Good)
            {
                good = middle;
            }
            else
            {
                bad = middle;
            }
        }

        needed = good;
        return null;
    }

    /// <summary>The middle did not resolve: either finds a resolved prefix between the ends, which narrows them, or the two ends of the dead stretch.</summary>
    private Trial? DeadStretch(
        List<int> culprit, List<List<int>> atoms, int middle, ref int bad, ref int good, out (int First, int Last)? join)
    {
        join = null;
        int first = middle, last = middle;
        for (var resolved = bad; first - resolved > 1;)
        {
            var probe = (resolved + first) / 2;
            if (AskPrefix(culprit, atoms, probe, out var outcome) is { } probing) return probing;
            if (outcome == TrialOutcome.Good)
            {
                good = probe;
                return null;
            }

            if (outcome == TrialOutcome.Bad) bad = resolved = probe;
            else first = probe;
        }

        for (var resolved = good; resolved - last > 1;)
        {
            var probe = (resolved + last) / 2;
            if (AskPrefix(culprit, atoms, probe, out var outcome) is { } probing) return probing;
            if (outcome == TrialOutcome.Bad)
            {
                bad = probe;
                return null;
            }

            if (outcome == TrialOutcome.Good) good = resolved = probe;
            else last = probe;
        }

        join = (first - 1, last);
        return null;
    }

    /// <summary>Takes out every hunk without which the rest still mends; and of hunks that cannot stay behind alone, every pair.</summary>
    private Trial? Shrink(ref List<int> culprit)
    {
        for (var removed = true; removed;)
        {
            removed = false;
            var stuck = new List<int>();
            foreach (var hunk in culprit)
            {
                if (culprit.Count == 1) break;
                if (Mends(culprit, [hunk], out var outcome) is { } minimising) return minimising;
                if (outcome == TrialOutcome.Unresolved) stuck.Add(hunk);
                removed = outcome == TrialOutcome.Good;
                if (!removed) continue;
                culprit = [.. culprit.Where(h => h != hunk)];
                break;
            }

            // Joining by the ends of dead stretches can tie two pairs that overlap in the order into one group of four.
            if (removed || stuck.Count is 0 or > LargestPaired) continue;
            foreach (var pair in from i in stuck from j in stuck where i < j select new[] { i, j })
            {
                if (culprit.Count == 2) break;
                if (Mends(culprit, pair, out var outcome) is { } minimising) return minimising;
                removed = outcome == TrialOutcome.Good;
                if (!removed) continue;
                culprit = [.. culprit.Except(pair)];
                break;
            }
        }

        culprit.Sort();
        return null;
    }

    private Trial? Mends(List<int> culprit, IReadOnlyList<int> without, out TrialOutcome outcome)
    {
        List<int> rest = [.. culprit.Except(without)];
        if (Ask(TrialPurpose.Minimise, rest, out outcome) is { } minimising) return minimising;
        return outcome == TrialOutcome.Good ? Ask(TrialPurpose.Confirm, rest, out outcome) : null;
    }

    private Trial? Alternatives(List<int> culprit, out bool? breaksAlone, out List<IReadOnlyList<int>> also)
    {
        also = [];
        breaksAlone = true;
        List<int> rest = [.. Enumerable.Range(0, Count).Except(culprit)];
        if (rest.Count == 0) return null;
        if (Ask(TrialPurpose.BreaksAlone, rest, out var outcome) is { } asking) return asking;
        breaksAlone = outcome == TrialOutcome.Unresolved ? null : outcome == TrialOutcome.Bad;
        if (outcome != TrialOutcome.Good) return null;
        if (Minimal(rest, out var other, out _) is { } searching) return searching;
        if (!contradicted) also.Add(other);
        return null;
    }

    private Trial? AskPrefix(List<int> culprit, List<List<int>> atoms, int length, out TrialOutcome outcome) =>
        Ask(TrialPurpose.Search, [.. culprit, .. atoms.Take(length).SelectMany(a => a)], out outcome);

    private Trial? Ask(TrialPurpose purpose, List<int> drop, out TrialOutcome outcome)
    {
        // That head is bad and base is good was shown before the search began.
        outcome = drop.Count == 0 ? TrialOutcome.Bad : TrialOutcome.Good;
        if (drop.Count == 0 || drop.Count == Count) return null;
        drop = [.. drop.Order()];
        if (known.TryGetValue(Key(purpose, drop, attempt), out outcome)) return null;
        return new Trial(purpose, drop, purpose == TrialPurpose.Confirm ? ConfirmError : SearchError, attempt);
    }

    // What a confirmation says answers any question about the same version; what a search step said answers all but a confirmation.
    private static string Key(TrialPurpose purpose, IReadOnlyList<int> drop, int attempt) =>
        $"{attempt}{(purpose == TrialPurpose.Confirm ? '!' : '?')}{string.Join(',', drop)}";

    private int Halfway(List<List<int>> atoms, int bad, int good)
    {
        var half = Enumerable.Range(bad, good - bad).Sum(Weight) / 2;
        var passed = 0.0;
        for (var middle = bad + 1; middle < good - 1; middle++)
        {
            passed += Weight(middle - 1);
            if (passed + (Weight(middle) / 2) >= half) return middle;
        }

        return good - 1;

        double Weight(int atom) => atoms[atom].Sum(h => state.Suspicion[h]);
    }
}
