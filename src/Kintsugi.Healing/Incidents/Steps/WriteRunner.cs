using System.ClientModel;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Roles;
using Kintsugi.Models.Routing;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Has a change written by a model with tools, or by a coding agent's command line, and hands it to the same judges as any other.</summary>
/// <remarks>
/// What is written is a tree that we make, never what the writer says it did. An attempt that is interrupted is begun again from its start; its model's answers are
/// recalled from the recordings of the same attempt as far as the conversation goes the same way.
/// </remarks>
/// <param name="edge">Where a coding agent's calls come in.</param>
/// <param name="redaction">Of the secrets of kintsugi.yaml.</param>
/// <param name="directory">Of ours, for what a coding agent's command is given and leaves.</param>
public sealed class WriteRunner(ModelGateway gateway, AgentEdge edge, Redaction redaction, string directory, ConversationLimits limits)
{
    public async Task<IncidentEvent> TryAsync(WriteStep step, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        if (step.Again) return await JudgeAgainAsync(step, state, context, cancellationToken);
        var started = context.Clock.GetTimestamp();
        var terms = await Patches.TermsAsync(context, context.Head.Tree, foreign: true, cancellationToken);
        var calls = CandidateRuns.CallsOf(state.Incident, step.N, candidate: 1);
        var spent = RunCost.None;
        try
        {
            (var data, spent) = await WriterBrief.DataAsync(state, context, cancellationToken);
            var writer = WriterOf(step, terms, state, context);
            var written = await writer.WriteAsync(data, calls, cancellationToken);
            var took = context.Clock.GetElapsedTime(started);
            var cost = spent + written.Cost + CostOf(calls);
            return written.Refusal is { } refusal
                ? Refused(step, refusal, written.Writing, cost, took)
                : await RepairRunner.JudgeAsync(
                    new Candidate(step.N, step.Strategy, await FixTrees.WrittenAsync(context, written.Writing.Files, cancellationToken), written.Writing) { Cost = cost, Took = took }, state, context, cancellationToken);
        }
        catch (ModelUnavailableException e) when (e.Fault == Faults.Budget)
        {
            throw new BudgetSpentException(gateway.BudgetRefusal ?? e.Message, spent + CostOf(calls), context.Clock.GetElapsedTime(started));
        }
        catch (BudgetSpentException e)
        {
            throw new BudgetSpentException(e.Message, e.Cost + spent + CostOf(calls), context.Clock.GetElapsedTime(started));
        }
        catch (ModelUnavailableException e)
        {
            throw Down($"repair: {e.Fault}", WorldRemedy.Of([$"repair: {e.Fault}"], "Wait until the provider is back."), state);
        }
        catch (ClientResultException e)
        {
            throw Down($"repair: {StrangersText.OneLine(e.Message, 300)}", "The provider refuses what the repair asks: see in kintsugi.yaml whether models.roles.repair names a model that is served, and takes tools.", state);
        }
    }

    private IWriter WriterOf(WriteStep step, PatchTerms terms, IncidentState state, HealContext context)
    {
        var files = new CandidateFiles(context.Git, context.Head.Tree, terms);
        return (step.Strategy, context.Agent.Repair.Candidates) switch
        {
            (Writers.Delegate, _) => new DelegateRun(files, state, context, gateway, edge, redaction, directory, limits),
            (Writers.Reflect, _) => new ReflectRun(terms, state, context, step.N, gateway, redaction, limits),
            (_, 1) => new ModelRun(files, state, context, step.N, gateway, redaction, limits),
            (_, var count) => new CandidateRuns(terms, state, context, step.N, count, gateway, redaction, limits),
        };
    }

    private static async Task<IncidentEvent> JudgeAgainAsync(WriteStep step, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var writing = state.Attempts[^1].Attempt.Writing!;
        return await RepairRunner.JudgeAsync(
            new Candidate(step.N, step.Strategy, await FixTrees.WrittenAsync(context, writing.Files, cancellationToken), writing), state, context, cancellationToken);
    }

    private static AttemptMade Refused(WriteStep step, string why, Writing writing, RunCost cost, TimeSpan took)
    {
        const string check = "change written";
        var attempt = new Attempt(step.N, step.Strategy, Passed: false, $"{check}: {why}", null, [new Check(check, false, why)], null, cost, Writing: writing with { Files = [] });
        return new AttemptMade(attempt, []) { Duration = took };
    }

    private static WorldFailedException Down(string fault, string remedy, IncidentState state) =>
        new(1, 1, [fault], $"{remedy} {LookRunner.NotCounted(state)}");

    private static RunCost CostOf(SampleCalls calls) => RunCosts.Of(calls.All) with { AgentRuns = 0 };
}
