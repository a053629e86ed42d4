using System.Collections.Concurrent;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running.Protocols;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Models;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Routing;
using Kintsugi.Sandbox;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Running;

/// <summary>Runs an agent over samples and judges what it answers.</summary>
/// <param name="openSandbox">Called once a run, and not at all for an agent without a process.</param>
/// <param name="seed">Of the order in which samples run: in the file's order a world that fails for a minute would fail one kind of sample.</param>
/// <remarks>
/// A sample whose world failed is run once more when all others are done; if it fails again it stays a World.
/// Of a plan of more than a thousand runs the later results carry no trajectory, and those that passed no output and no scores: the store has them.
/// </remarks>
public sealed class EvalRunner(
    Func<CancellationToken, Task<ISandbox>> openSandbox, AgentEdge edge, ModelGateway gateway, ResultStore store, TimeProvider clock, int seed)
{
    /// <summary>How long a call that is still under way is waited for when its sample has answered: an agent may stop reading before the end of a stream.</summary>
    private static readonly TimeSpan LongestAfterwards = TimeSpan.FromSeconds(2);

    /// <summary>Whether spans tell input, output and what scorers say of them.</summary>
    public bool TellsContent { get; init; }

    /// <summary>Runs the whole plan, and what its course makes follow. A run whose results are all World is for the caller to judge.</summary>
    /// <param name="progress">Told at most ten times a second, and at the end.</param>
    /// <exception cref="SandboxUnavailableException">No sandbox can be started.</exception>
    /// <exception cref="Storage.StorageException">The results cannot be stored.</exception>
    /// <exception cref="BudgetSpentException">The budget did not reach for all runs.</exception>
    /// <exception cref="OperationCanceledException">Every process is killed by then, and what was done is stored.</exception>
    public async Task<EvalRun> RunAsync(
        EvalRequest request, IReadOnlyList<IScorer> scorers, IProgress<EvalProgress>? progress, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
        using var span = EvalSpan.Start(request, id);
        await using var writer = store.Begin(id, request);
        var ledger = new RunLedger(request.Plan.Sum(p => p.Epochs.Count) + request.Course.MostAfterwards, writer, progress, clock);
        var startFailure = await RunCourseAsync(request, scorers, ledger, cancellationToken);
        await writer.CompleteAsync();
        store.End(id);
        var run = new EvalRun(id, request.Purpose, ledger.Results, ledger.Cost, ledger.Elapsed, startFailure);
        EvalSpan.Tell(span, run);
        return run;
    }

    /// <returns>Why the agent did not start: what it was to run has failed then.</returns>
    private async Task<string?> RunCourseAsync(EvalRequest request, IReadOnlyList<IScorer> scorers, RunLedger ledger, CancellationToken cancellationToken)
    {
        var turns = Turns(request.Plan, ledger);
        List<Turn> all = [.. turns ?? []];
        if (all.Count == 0) return null;
        try
        {
            await using var lanes = await AgentLanes.OpenAsync(request, openSandbox, edge, gateway, clock, all.Count + request.Course.MostAfterwards, cancellationToken);
            for (; turns is not null; turns = Following()) await RunTurnsAsync(request, turns, lanes, scorers, ledger, cancellationToken);
            return null;
        }
        catch (AgentStartException e)
        {
            for (turns = [.. all]; turns is not null; turns = Following()) await FailAllAsync(turns, new AgentError(AgentError.Start, e.Message), ledger, cancellationToken);
            return e.Message;
        }

        Turn[]? Following()
        {
            var following = Turns(request.Course.Next(ledger.Results), ledger);
            all.AddRange(following ?? []);
            return following;
        }
    }

    private static Turn[]? Turns(IReadOnlyList<PlannedSample>? plan, RunLedger ledger)
    {
        if (plan is null) return null;
        var turns = plan.SelectMany(p => p.Epochs.Select(epoch => (p.Sample, epoch))).ToList();
        var first = ledger.Plan(turns.Count);
        return [.. turns.Select((p, index) => new Turn(first + index, p.Sample, p.epoch))];
    }

    private async Task RunTurnsAsync(
        EvalRequest request, Turn[] turns, AgentLanes lanes, IReadOnlyList<IScorer> scorers, RunLedger ledger, CancellationToken cancellationToken)
    {
        var shuffled = turns.ToArray();
        new Random(seed).Shuffle(shuffled);
        var again = await PassAsync(shuffled, lanes.Places(alone: false), request, scorers, ledger, cancellationToken);
        ThrowIfOverBudget(again, ledger);
        ThrowIfOverBudget(await PassAsync(again, lanes.Places(alone: true), request, scorers, ledger, cancellationToken), ledger);
    }

    private void ThrowIfOverBudget(IReadOnlyList<Turn> undecided, RunLedger ledger)
    {
        if (undecided.Count > 0 && gateway.BudgetRefusal is { } refusal) throw new BudgetSpentException(refusal, ledger.Cost, ledger.Elapsed);
    }

    /// <returns>What must be run again: the world failed, or another sample brought the process down.</returns>
    private async Task<IReadOnlyList<Turn>> PassAsync(
        IReadOnlyList<Turn> turns, IReadOnlyList<IAgentLane> places, EvalRequest request, IReadOnlyList<IScorer> scorers, RunLedger ledger,
        CancellationToken cancellationToken)
    {
        var again = new ConcurrentBag<Turn>();
        var next = -1;
        var workers = Math.Min(places.Count, turns.Count);
        if (workers == 0) return [];
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, workers), options, async (worker, token) =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < turns.Count;)
            {
                using var span = EvalSpan.Start(request, turns[i].Sample, turns[i].Epoch);
                var result = await RunAsync(turns[i], places[worker], request, scorers, ledger, token);
                if (result is not null) EvalSpan.Tell(span, turns[i].Sample, result, TellsContent);
                if (result is not null) await ledger.AddAsync(turns[i].Index, result, token);
                if (result is null or { Outcome: Outcome.World }) again.Add(turns[i]);
            }
        });
        return [.. again.OrderBy(t => t.Index)];
    }

    /// <returns>Null when it must be run again because another sample brought the process down.</returns>
    private async Task<SampleResult?> RunAsync(
        Turn turn, IAgentLane place, EvalRequest request, IReadOnlyList<IScorer> scorers, RunLedger ledger, CancellationToken cancellationToken)
    {
        var calls = new SampleCalls(turn.Sample.Id, turn.Epoch, request.Recall);
        var spans = new SampleSpans(clock);
        var began = clock.GetTimestamp();
        var reply = await place.AskAsync(new Ask(turn.Sample, turn.Epoch, calls, spans), cancellationToken);
        var duration = clock.GetElapsedTime(began);
        await calls.SettledAsync(LongestAfterwards, clock, cancellationToken);
        await spans.SettledAsync(cancellationToken);
        var told = spans.Close();
        var made = calls.All;
        var cost = RunCosts.Of(made);
        ledger.Spend(cost);
        if (reply.Again) return null;

        var trajectory = TrajectoryBuilder.Build(made, told.Traces, reply.StandardError, [.. reply.Notes, .. told.Notes, .. reply.BlockedHosts.Select(BlockedHosts.Note)]);
        var ran = new SampleResult(turn.Sample.Id, turn.Epoch, Outcome.Failed, reply.Output, reply.Error, null, [], duration, cost, trajectory);
        // A stranger's code could bring some faults about to be excused for its failures.
        var faults = made.Select(c => c.WorldFault).OfType<string>().Where(f => !request.Version.Foreign || !Faults.MayBeProvoked(f));
        if ((reply.WorldFault ?? faults.FirstOrDefault()) is { } fault) return ran with { Outcome = Outcome.World, WorldFault = fault };
        var judged = reply.Output is null ? ran : await JudgeAsync(ran, turn.Sample, scorers, request.Recall, ledger, cancellationToken);

        // Whether it failed for want of the host nobody can say, and a wrong pull request is dearer than a question. A stranger's code could ask for one to be excused.
        return judged.Outcome == Outcome.Failed && reply.BlockedHosts.Count > 0 && !request.Version.Foreign
            ? judged with { Outcome = Outcome.World, WorldFault = BlockedHosts.Fault(reply.BlockedHosts) }
            : judged;
    }

    private static async Task<SampleResult> JudgeAsync(
        SampleResult ran, Sample sample, IReadOnlyList<IScorer> scorers, Recall recall, RunLedger ledger, CancellationToken cancellationToken)
    {
        var answer = new Answer(sample, ran.Epoch, ran.Output!.Value, ran.Trajectory) { Calls = new ScorerCalls(sample.Id, ran.Epoch, recall) };
        var judged = await JudgeAsync(ran, answer, scorers, cancellationToken);
        var cost = RunCosts.Of(answer.Calls.All) with { AgentRuns = 0 };
        ledger.Spend(cost);
        return judged with { Cost = ran.Cost + cost };
    }

    /// <remarks>
    /// Where a scorer that decides cannot judge, the sample leaves the comparison even if another has failed the answer: else answers that fail
    /// would be counted while the judge is down, and those that pass would not.
    /// </remarks>
    private static async Task<SampleResult> JudgeAsync(SampleResult ran, Answer answer, IReadOnlyList<IScorer> scorers, CancellationToken cancellationToken)
    {
        var scores = new List<Score>(scorers.Count);
        var withoutAdvice = new List<string>();
        foreach (var scorer in scorers)
        {
            try
            {
                scores.Add(await scorer.ScoreAsync(answer, cancellationToken));
            }
            catch (ScorerException e) when (!scorer.Gates(answer.Sample))
            {
                withoutAdvice.Add($"Without advice: {Excerpt.Of(e.Message, 500)}");
            }
            catch (ScorerException e)
            {
                return ran with { Outcome = Outcome.World, WorldFault = Excerpt.Of(e.Message, 500) };
            }
        }
        var told = withoutAdvice.Count == 0 ? ran : ran with { Trajectory = ran.Trajectory with { Notes = [.. ran.Trajectory.Notes, .. withoutAdvice] } };
        return scores.TrueForAll(s => s.Advisory)
            ? told with { Outcome = Outcome.World, WorldFault = $"{Faults.JudgeAdvises}: only judges that advise judge this sample", Scores = scores }
            : told with { Outcome = Scorers.Scorers.Passed(scores) ? Outcome.Passed : Outcome.Failed, Scores = scores };
    }

    private static async Task FailAllAsync(Turn[] plan, AgentError error, RunLedger ledger, CancellationToken cancellationToken)
    {
        foreach (var turn in plan)
        {
            var failed = new SampleResult(
                turn.Sample.Id, turn.Epoch, Outcome.Failed, null, error, null, [], TimeSpan.Zero, RunCost.None, Trajectory.Empty);
            await ledger.AddAsync(turn.Index, failed, cancellationToken);
        }
    }

    /// <summary>One sample x epoch of the plan.</summary>
    private sealed record Turn(int Index, Sample Sample, int Epoch);
}
