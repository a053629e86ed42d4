using System.ClientModel;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Roles;
using Kintsugi.Models.Routing;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Several models write a change each, side by side. The best by runs that nothing else rests on is what the attempt is judged by, on fresh ones.</summary>
/// <remarks>Those that the patch gate or the agent's own tests refuse cost no run of a sample, and neither does the only one that is left.</remarks>
internal sealed class CandidateRuns(
    PatchTerms terms, IncidentState state, HealContext context, int attempt, int count, ModelGateway gateway, Redaction redaction, ConversationLimits limits) : IWriter
{
    /// <summary>Conversations at a time; each may run commands and samples in sandboxes of its own.</summary>
    private const int MostAtOnce = 4;

    private const int RunsOfEach = 2;

    private const int LongestSummary = 400, LongestModel = 100;

    /// <summary>The calls of one candidate: named by incident, attempt and candidate, so that its recordings answer no other.</summary>
    public static SampleCalls CallsOf(string incident, int attempt, int candidate) =>
        new($"repair-{incident}{(candidate == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{candidate}"))}", attempt, Recall.Recorded, Role.OfCandidate(candidate));

    /// <param name="calls">Of the first candidate.</param>
    public async Task<WrittenChange> WriteAsync(string data, SampleCalls calls, CancellationToken cancellationToken)
    {
        SampleCalls[] all = [calls, .. Enumerable.Range(2, count - 1).Select(n => CallsOf(state.Incident, attempt, n))];
        ModelRun[] runs = [.. all.Select(_ => new ModelRun(new CandidateFiles(context.Git, context.Head.Tree, terms), state, context, attempt, gateway, redaction, limits))];
        var tried = new Tried[count];
        try
        {
            var bounded = new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(Enumerable.Range(0, count), bounded, async (i, token) => tried[i] = await WriteOneAsync(i + 1, runs[i], data, all[i], token));
        }
        catch (BudgetSpentException e)
        {
            throw new BudgetSpentException(e.Message, e.Cost + CostOf(runs, all), e.Took);
        }
        if (Array.TrueForAll(tried, t => t.Written is null)) ExceptionDispatchInfo.Throw(tried[0].Down!); // nobody was there: that says nothing of a change
        var (scores, cost) = await ScoreAsync(tried, cancellationToken);
        cost += CostOf(runs, all);

        var best = CandidateRanking.Best(scores);
        var writing = (best is { } chosen ? tried[chosen] : tried.First(t => t.Written is not null)).Written!.Writing;
        return new WrittenChange(
            writing with { Candidates = [.. scores.Select((score, i) => score with { Chosen = i == best })] },
            best is null ? $"none of {count} candidates may be tried: {string.Join("; ", scores.Select(s => $"{s.N}. {s.Refusal}"))}" : null, cost);
    }

    /// <summary>A model that does not answer is this candidate's ill luck, and nobody else's; a budget is everybody's.</summary>
    private async Task<Tried> WriteOneAsync(int n, ModelRun run, string data, SampleCalls calls, CancellationToken cancellationToken)
    {
        try
        {
            return new Tried(n, calls, await run.WriteAsync(data, calls, cancellationToken), null);
        }
        catch (ModelUnavailableException e) when (e.Fault == Faults.Budget)
        {
            throw new BudgetSpentException(gateway.BudgetRefusal ?? e.Message, RunCost.None, TimeSpan.Zero);
        }
        catch (Exception e) when (e is ModelUnavailableException or ClientResultException)
        {
            return new Tried(n, calls, null, e);
        }
    }

    private async Task<(IReadOnlyList<CandidateScore> Scores, RunCost Cost)> ScoreAsync(Tried[] tried, CancellationToken cancellationToken)
    {
        List<(CandidateScore Score, string Tree)> candidates = [];
        foreach (var one in tried) candidates.Add(await GateAsync(one, cancellationToken));
        var cost = RunCost.None;
        if (candidates.Count(c => c.Score.Refusal is null) < 2) return ([.. candidates.Select(c => c.Score)], cost);

        var samples = TrialSets.OfRanking(state, context);
        List<CandidateScore> scores = [];
        foreach (var (score, tree) in candidates)
        {
            scores.Add(score);
            if (score.Refusal is not null) continue;
            var run = await context.Stand.RunAsync(Version(tree), samples, Draws.Rank(attempt, RunsOfEach), state.OwnRecordings, "rank", cancellationToken);
            cost += run.Cost;
            LookRunner.ThrowIfDown(run, state);
            var outcomes = string.Concat(Outcomes.BySample(run).Values);
            scores[^1] = score with { Passed = Outcomes.Runs(outcomes) - Outcomes.Failures(outcomes), Runs = Outcomes.Runs(outcomes) };
        }
        return (scores, cost);
    }

    /// <summary>What can be said of a candidate without asking it anything.</summary>
    private async Task<(CandidateScore Score, string Tree)> GateAsync(Tried one, CancellationToken cancellationToken)
    {
        var summary = StrangersText.OneLine(one.Written?.Writing.Summary ?? "", LongestSummary);
        var score = new CandidateScore(one.N, ModelOf(one), summary, RefusalOf(one), 0, 0, 0, Chosen: false);
        if (score.Refusal is not null) return (score, context.Head.Tree);
        var tree = await FixTrees.WrittenAsync(context, one.Written!.Writing.Files, cancellationToken);
        var patch = await Patches.ReadAsync(context, context.Head.Tree, tree, cancellationToken);
        score = score with { Lines = Patches.Lines(await context.Git.DiffTextAsync(context.Head.Tree, tree, cancellationToken)) };
        if (patch.Count == 0) return (score with { Refusal = "it changes nothing" }, tree);
        if (PatchGate.Refusals(patch, terms) is { Count: > 0 } refusals) return (score with { Refusal = $"patch gate: {PatchGate.InWords(refusals)}" }, tree);
        var tests = await context.Stand.TestAsync(Version(tree), cancellationToken);
        return (tests is { Succeeded: false } ? score with { Refusal = $"{RepairRunner.Tests}: the agent's own tests fail" } : score, tree);
    }

    private StandVersion Version(string tree) => new(context.Head.Id, tree, Foreign: true);

    private static string? RefusalOf(Tried one) => one switch
    {
        { Down: ModelUnavailableException e } => $"no model answered ({e.Fault})",
        { Down: { } e } => $"the provider refuses what is asked: {StrangersText.OneLine(e.Message, LongestSummary)}",
        _ => one.Written!.Refusal,
    };

    /// <summary>The model that answered last; where none did, the one that was asked first.</summary>
    private string ModelOf(Tried one)
    {
        var first = gateway.RouteOf(one.Calls.Role)[0];
        var answered = one.Calls.Calls.LastOrDefault(c => c.Fault is null && c.Refusal is null);
        return StrangersText.OneLine(answered is null ? $"{first.Provider}/{first.Model}" : $"{answered.Provider}/{answered.ServedModel ?? answered.Model}", LongestModel);
    }

    /// <summary>Of all, those whose model went down as well; the caller counts the first candidate's calls.</summary>
    private static RunCost CostOf(ModelRun[] runs, SampleCalls[] all) =>
        runs.Select(r => r.Cost).Aggregate((sum, c) => sum + c) + (RunCosts.Of([.. all.Skip(1).SelectMany(c => c.All)]) with { AgentRuns = 0 });

    /// <param name="Down">Why there was no answer; null where there was.</param>
    private sealed record Tried(int N, SampleCalls Calls, WrittenChange? Written, Exception? Down);
}
