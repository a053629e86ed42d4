using CsCheck;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Triage;

public class CulpritSearchTests
{
    [Fact]
    public void A_single_culprit_among_128_hunks_takes_eight_trials_and_one_to_see_that_it_breaks_alone()
    {
        var found = Search(128, drop => drop.Contains(77) ? TrialOutcome.Good : TrialOutcome.Bad);

        Assert.Equal([77], found.Hunks);
        Assert.True(found.BreaksAlone);
        Assert.True(found.Confirmed);
        Assert.InRange(found.Trials, 1, 9);
    }

    [Fact]
    public void Suspicion_that_is_right_saves_trials()
    {
        var suspicion = Enumerable.Range(0, 128).Select(h => h == 77 ? 100.0 : 1).ToList();

        var found = Search(128, drop => drop.Contains(77) ? TrialOutcome.Good : TrialOutcome.Bad, suspicion);

        Assert.Equal([77], found.Hunks);
        Assert.InRange(found.Trials, 1, 4);
    }

    [Fact]
    public void Of_two_hunks_that_each_break_it_both_must_go()
    {
        var found = Search(32, drop => drop.Contains(3) && drop.Contains(20) ? TrialOutcome.Good : TrialOutcome.Bad);

        Assert.Equal([3, 20], found.Hunks);
        Assert.Empty(found.AlsoSufficient);
        Assert.True(found.BreaksAlone);
    }

    [Fact]
    public void Of_two_hunks_that_only_together_break_it_one_is_the_culprit_and_the_other_also_sufficient()
    {
        var found = Search(32, drop => drop.Contains(3) || drop.Contains(20) ? TrialOutcome.Good : TrialOutcome.Bad);

        Assert.Equal([3], found.Hunks);
        Assert.Equal([20], Assert.Single(found.AlsoSufficient));
        Assert.False(found.BreaksAlone);
    }

    [Fact]
    public void Hunks_that_do_not_build_apart_are_joined_and_an_innocent_pair_is_left_alone()
    {
        var found = Search(64, drop =>
            drop.Contains(5) != drop.Contains(50) || drop.Contains(11) != drop.Contains(60) ? TrialOutcome.Unresolved
            : drop.Contains(50) ? TrialOutcome.Good : TrialOutcome.Bad);

        Assert.Equal([5, 50], found.Hunks);
        Assert.Equal([5, 50], Assert.Single(found.Joined));
        Assert.InRange(found.Trials, 1, 60);
    }

    [Fact]
    public void An_innocent_rename_of_which_half_fails_as_the_fault_does_stays_out_of_the_culprit()
    {
        int[] rename = [2, 3, 4, 9, 11];
        var state = CulpritSearch.Start(16) with { Together = [rename] };
        while (CulpritSearch.Next(state) is { } trial)
        {
            var isWhole = rename.All(trial.Drop.Contains) || !rename.Any(trial.Drop.Contains);
            state = CulpritSearch.Observe(state, trial, isWhole && trial.Drop.Contains(1) && trial.Drop.Contains(8) ? TrialOutcome.Good : TrialOutcome.Bad);
        }

        Assert.Equal([1, 8], CulpritSearch.Result(state).Hunks);
        Assert.InRange(state.Observations.Count, 1, 16);
    }

    [Fact]
    public void Hunks_of_a_file_that_exchange_a_name_are_one_rename_and_prose_is_none()
    {
        HunkView[] hunks =
        [
            View(0, "a.py", Component.Code, "value = answer[name]", "given = answer[name]"),
            View(1, "a.py", Component.Code, "limit = 4", "limit = 5"),
            View(2, "a.py", Component.Code, "    return value + 1", "    return given + 1"),
            View(3, "b.py", Component.Code, "value = 1", "given = 1"),
            View(4, "p.md", Component.Prompt, "Add a line.", "Add another line."),
            View(5, "p.md", Component.Prompt, "Add a word.", "Add another word."),
        ];

        Assert.Equal([0, 2], Assert.Single(Renames.Of(hunks)));

        static HunkView View(int index, string file, Component component, string removed, string added) => new(index, file, "@@", [removed], [added], component);
    }

    [Fact]
    public void A_history_of_one_hunk_needs_no_trial() => Assert.Equal([0], Search(1, _ => TrialOutcome.Bad).Hunks);

    [Fact]
    public void Whatever_set_must_go_is_found_exactly() =>
        Gen.Select(Gen.Int[2, 24], Gen.Int[0, int.MaxValue - 1]).Sample((n, seed) =>
        {
            var random = new Random(seed);
            var must = Enumerable.Range(0, n).Where(_ => random.Next(n) < 2).DefaultIfEmpty(random.Next(n)).ToList();
            var found = Search(n, drop => must.All(drop.Contains) ? TrialOutcome.Good : TrialOutcome.Bad);
            return found.Confirmed && found.Hunks.SequenceEqual(must);
        }, iter: 60, seed: "0000000000001");

    [Fact]
    public void Wrong_search_steps_are_found_out_by_confirmation()
    {
        var random = new Random(5);
        var right = 0;
        for (var run = 0; run < 100; run++)
        {
            var culprit = random.Next(64);
            var state = CulpritSearch.Start(64);
            while (CulpritSearch.Next(state) is { } trial)
            {
                var good = trial.Drop.Contains(culprit) != random.NextDouble() < trial.Error;
                state = CulpritSearch.Observe(state, trial, good ? TrialOutcome.Good : TrialOutcome.Bad);
            }

            var found = CulpritSearch.Result(state);
            if (found.Hunks.SequenceEqual([culprit])) right++;
        }

        Assert.InRange(right, 96, 100);
    }

    private static Culprit Search(int hunks, Func<IReadOnlySet<int>, TrialOutcome> outcome, IReadOnlyList<double>? suspicion = null)
    {
        var state = CulpritSearch.Start(hunks, suspicion);
        for (var trials = 0; CulpritSearch.Next(state) is { } trial; trials++)
        {
            Assert.InRange(trials, 0, 2000);
            state = CulpritSearch.Observe(state, trial, outcome(trial.Drop.ToHashSet()));
        }

        return CulpritSearch.Result(state);
    }
}
