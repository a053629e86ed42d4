using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Triage;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Healing.Incidents.Steps;

public class SwapSearchTests
{
    private const int Prompt = 1, Code = 2, Tool = 4, Data = 8;

    private static readonly IReadOnlyList<Component> Differing = [Component.Prompt, Component.Code, Component.Tool, Component.Data];

    public static TheoryData<string, int, SwapCauseKind, string> Listed => new()
    {
        { "code", Code, SwapCauseKind.Single, "the code alone spoils the baseline" },
        { "prompt code", Prompt | Code, SwapCauseKind.Both, "prompt and code spoil the baseline only together" },
        { "prompt data", Prompt | Data, SwapCauseKind.Either, "prompt and data each spoil the baseline" },
    };

    [Theory]
    [MemberData(nameof(Listed))]
    public async Task A_cause_is_named_once_each_of_its_proofs_held(string blamed, int mask, SwapCauseKind kind, string hypothesis)
    {
        var cause = new SwapHypothesis(kind, mask);
        var stand = new PlantedStand(cause.PredictsBad);

        var swapped = await stand.SearchAsync();

        Assert.Equal(blamed, string.Join(' ', swapped.Blamed.Select(Words.Snake)));
        Assert.Equal(hypothesis, swapped.Hypothesis);
        Assert.Equal(ComponentSwap.Proofs(4, cause).Select(p => p.Configuration), stand.Proven);
        Assert.All(swapped.Proofs!, proof => Assert.True(proof.Holds));
        Assert.InRange(swapped.Fit, 0.05, 1);
        Assert.Equal(stand.Cost, swapped.Cost);
    }

    [Fact]
    public async Task Failures_that_fit_no_listed_cause_name_nothing_and_are_not_proven()
    {
        var stand = new PlantedStand(mask => (mask & (Prompt | Code | Tool)) != 0); // any of three

        var swapped = await stand.SearchAsync();

        Assert.Empty(swapped.Blamed);
        Assert.InRange(swapped.Fit, 0, 0.05);
        Assert.Equal("the failures fit no cause of one or two components", swapped.Hypothesis);
        Assert.Empty(stand.Proven);
        Assert.Contains(SwapEvidence.Of(swapped), sentence => sentence.Contains("name no component", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Prompt | Code | Tool)]
    [InlineData(Code | Tool | Data)]
    [InlineData(Prompt | Tool | Data)]
    public async Task Three_that_spoil_only_together_are_never_named_as_fewer(int together)
    {
        var swapped = await new PlantedStand(mask => (mask & together) == together).SearchAsync();

        Assert.Empty(swapped.Blamed);
        Assert.True(swapped.Fit <= 0.05 || swapped.Posterior < 0.99 || swapped.Proofs!.Any(p => !p.Holds));
    }

    [Fact]
    public async Task What_fresh_runs_refute_is_disputed_and_names_nothing()
    {
        // Recordings of another day make the code look guilty; asked now, the code alone is good.
        var stand = new PlantedStand(mask => (mask & Code) != 0) { Fresh = _ => false };

        var swapped = await stand.SearchAsync();

        Assert.Empty(swapped.Blamed);
        Assert.Equal("that the code alone spoils the baseline could not be proven", swapped.Hypothesis);
        Assert.Equal([true, false], swapped.Proofs!.Select(p => p.Holds));
        Assert.Equal("Disputed: code new, all else as in the base, passes 5 of 5: good, where that cause has it bad.", SwapEvidence.Of(swapped).ElementAt(2));
    }

    [Fact]
    public async Task The_first_proof_that_does_not_hold_is_the_last_that_is_run()
    {
        var stand = new PlantedStand(mask => (mask & Code) != 0) { Fresh = _ => true };

        var swapped = await stand.SearchAsync();

        Assert.Equal([Prompt | Tool | Data], stand.Proven);
        Assert.Equal(TrialOutcome.Bad, Assert.Single(swapped.Proofs!).Outcome);
    }

    [Fact]
    public async Task Runs_that_tell_neither_prove_nothing()
    {
        var stand = new PlantedStand(mask => (mask & Code) != 0) { Doubt = 0.3 };

        var swapped = await stand.SearchAsync();

        Assert.Empty(swapped.Blamed);
        Assert.Equal(TrialOutcome.Unresolved, Assert.Single(swapped.Proofs!).Outcome);
        Assert.Contains("which does not tell; it had to be good.", SwapEvidence.Of(swapped).ElementAt(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_that_cannot_be_put_together_is_said_to_be_missing()
    {
        var stand = new PlantedStand(mask => (mask & Code) != 0) { Impossible = Prompt | Tool | Data };

        var swapped = await stand.SearchAsync();

        Assert.Empty(swapped.Blamed);
        Assert.Equal("Not proven: prompt + tool + data new cannot be put together; it had to be good.", SwapEvidence.Of(swapped).ElementAt(1));
    }

    [Fact]
    public async Task An_outside_cause_has_to_spoil_the_base_as_it_is()
    {
        var outside = await new PlantedStand(_ => true).SearchAsync();
        var refuted = await new PlantedStand(_ => true) { Fresh = mask => mask != 0 }.SearchAsync();

        Assert.Equal("no component that differs spoils the baseline", outside.Hypothesis);
        Assert.Equal("nothing new", Assert.Single(refuted.Proofs!).Configuration);
        Assert.False(refuted.Proofs![0].Holds);
    }

    [Fact]
    public void Without_swaps_there_is_one_sentence() =>
        Assert.Equal(["Between base and head only the code differs."], SwapEvidence.Of(new ComponentsSwapped([Component.Code], "only the code differs", 1, [], RunCost.None, TimeSpan.Zero)));

    /// <summary>An agent that always fails where the cause says so, and never elsewhere.</summary>
    private sealed class PlantedStand(Func<int, bool> spoils)
    {
        private static readonly RunCost OfRun = new(1, 2, 1, 100, 0.01m);

        /// <summary>What is so when it is asked afresh; null where that is the same.</summary>
        public Func<int, bool>? Fresh { get; init; }

        /// <summary>Probability of the opposite of what the proofs show.</summary>
        public double Doubt { get; init; } = 0.001;

        public int? Impossible { get; init; }

        public List<int> Proven { get; } = [];

        public RunCost Cost { get; private set; } = RunCost.None;

        public Task<ComponentsSwapped> SearchAsync() =>
            new SwapSearch(Differing, RunPrior.FromRuns(1, 49), RunPrior.FromRuns(19, 1), TryAsync, ProveAsync).RunAsync(TestContext.Current.CancellationToken);

        private Task<EvalRun?> TryAsync(int mask, bool all, CancellationToken cancellationToken)
        {
            if (mask == Impossible) return Task.FromResult<EvalRun?>(null);
            var outcome = spoils(mask) ? Outcome.Failed : Outcome.Passed;
            List<SampleResult> results = [.. Enumerable.Range(0, all ? 10 : 2).Select(i => new SampleResult($"s{i}", 1, outcome, null, null, null, [], TimeSpan.Zero, OfRun, Trajectory.Empty))];
            return Task.FromResult<EvalRun?>(new EvalRun("", "search", results, Paid(results.Count), TimeSpan.Zero, null));
        }

        private Task<TrialTold?> ProveAsync(int mask, int n, CancellationToken cancellationToken)
        {
            Assert.Equal(n, Proven.Count);
            if (mask == Impossible) return Task.FromResult<TrialTold?>(null);
            Proven.Add(mask);
            return Task.FromResult<TrialTold?>((Fresh ?? spoils)(mask)
                ? new TrialTold(TrialOutcome.Bad, 1 - Doubt, 0, 5, Paid(5), TimeSpan.Zero)
                : new TrialTold(TrialOutcome.Good, Doubt, 5, 5, Paid(5), TimeSpan.Zero));
        }

        private RunCost Paid(int runs)
        {
            var cost = Enumerable.Repeat(OfRun, runs).Aggregate(RunCost.None, RunCost.Add);
            Cost += cost;
            return cost;
        }
    }
}
