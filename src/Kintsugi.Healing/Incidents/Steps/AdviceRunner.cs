using System.ClientModel;
using Kintsugi.Evaluation.Agents.Building;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Prompts;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Roles;
using Kintsugi.Models.Routing;
using Kintsugi.Sandbox.Git;
using Component = Kintsugi.Evaluation.Agents.Component;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Has a language model of role `triage` read the evidence and say what it makes of it, once the cause is proven.</summary>
/// <remarks>
/// It is advice: a model that has none, or that nobody can reach, stops nothing. An interrupted conversation is begun again from its start; its answers are recalled from
/// the recordings of the same diagnosis as far as it goes the same way.
/// </remarks>
/// <param name="results">Of the looks, whose failures are shown.</param>
/// <param name="redaction">Of the secrets of kintsugi.yaml.</param>
public sealed class AdviceRunner(ModelGateway gateway, ResultStore results, Redaction redaction, ConversationLimits limits)
{
    private const int LongestWhy = 300;

    /// <exception cref="BudgetSpentException">The budget does not reach.</exception>
    public async Task<Advised> AskAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var started = context.Clock.GetTimestamp();
        // Named by incident and diagnosis, of which every head that joins has one of its own.
        var calls = new SampleCalls($"triage-{state.Incident}", state.Log.Count(e => e.Event is Diagnosed), Recall.Recorded, Role.Triage);
        var spent = RunCost.None;
        EvidencePack? pack = null;
        TriageTools? tools = null;
        Conversation? conversation = null;
        string whyNone;
        try
        {
            var head = await FilesAsync(context.Head, context, cancellationToken);
            (pack, spent) = await EvidencePack.ReadAsync(state, context, FailureDigests.Of(state, results), head, cancellationToken);
            tools = await ToolsAsync(state, context, head, cancellationToken);
            using var client = RoleClient.Create(gateway, calls);
            conversation = new Conversation(client, calls, tools, redaction, limits, context.Clock);
            await conversation.RunAsync(Prompt.Triage.Text, pack.Data, cancellationToken);
            whyNone = $"The model {conversation.End}.";
        }
        catch (ModelUnavailableException e) when (e.Fault == Faults.Budget)
        {
            throw new BudgetSpentException(gateway.BudgetRefusal ?? e.Message, Cost(), context.Clock.GetElapsedTime(started));
        }
        catch (BudgetSpentException e)
        {
            throw new BudgetSpentException(e.Message, e.Cost + Cost(), context.Clock.GetElapsedTime(started));
        }
        catch (Exception e) when (e is ModelUnavailableException or ClientResultException or WorldFailedException or BuildNetworkException)
        {
            whyNone = StrangersText.OneLine(e.Message, LongestWhy);
        }

        List<EvidenceItem> evidence = [.. pack?.Items ?? [], .. tools?.Asked ?? []];
        var opinion = tools?.Opinion is { } given ? given with { Disputes = OpinionCheck.Of(given, Findings(state, pack!, evidence)) } : null;
        return new Advised(
            opinion, opinion is null ? whyNone : null, Cited(opinion, evidence), conversation?.Steps ?? [], Prompt.Triage.Use, Cost(), context.Clock.GetElapsedTime(started));

        RunCost Cost() => spent + (tools?.Cost ?? RunCost.None) + (RunCosts.Of(calls.All) with { AgentRuns = 0 });
    }

    private async Task<TriageTools> ToolsAsync(IncidentState state, HealContext context, CandidateFiles head, CancellationToken cancellationToken)
    {
        List<Component> differing = [.. (state.Diff?.Hunks ?? []).Select(h => h.Component!.Value).Distinct().Order()];
        var stand = differing.Count > 1 ? new SwapStand(state, context, await NetDiffs.ReadAsync(state, context, cancellationToken), differing) : null;
        return new TriageTools(
            context, state.OwnRecordings, differing, stand, [.. LookRunner.Suspects(state.Looks[^1]).Select(c => context.SampleOf(c.SampleId))],
            new ShownFiles(await FilesAsync(context.Base, context, cancellationToken)), new ShownFiles(head), limits);
    }

    private static async Task<CandidateFiles> FilesAsync(Commit version, HealContext context, CancellationToken cancellationToken) =>
        new(context.Git, version.Tree, await Patches.TermsAsync(context, version.Tree, foreign: true, cancellationToken));

    private static ProbeFindings Findings(IncidentState state, EvidencePack pack, List<EvidenceItem> evidence) => new(
        state.Diagnosed!.Diagnosis, state.Diff?.Hunks ?? [], state.Swap?.Blamed ?? [],
        [.. state.Trials.Select(t => new TrialObservation(t.Trial, t.Outcome))], evidence.Select(e => e.Id).ToHashSet(StringComparer.Ordinal))
    {
        AsksModel = pack.AsksModel,
        CallsTool = pack.CallsTool,
    };

    /// <summary>What the ids stand for that an opinion names, where they stand for something.</summary>
    private static IReadOnlyList<EvidenceItem> Cited(Opinion? opinion, List<EvidenceItem> evidence)
    {
        if (opinion is null) return [];
        var named = opinion.Chain.SelectMany(link => link.Evidence).Concat(opinion.Blamed).ToHashSet(StringComparer.Ordinal);
        return [.. evidence.Where(e => named.Contains(e.Id))];
    }
}
