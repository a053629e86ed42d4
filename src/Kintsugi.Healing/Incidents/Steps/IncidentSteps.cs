namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Does one step of an incident and says what happened.</summary>
public sealed class IncidentSteps(LookRunner looks, PairRunner pairs, TriageRunner triage, RepairRunner repairs, ProposalRunner proposals)
{
    public async Task<IncidentEvent> DoAsync(Step step, IncidentState state, HealContext context, CancellationToken cancellationToken) => step switch
    {
        LookStep look => await looks.RunAsync(look, state, context, cancellationToken),
        ConfirmStep => await pairs.RunAsync(state, context, cancellationToken),
        CutDiffStep => await triage.CutAsync(state, context, cancellationToken),
        SwapStep => await triage.SwapAsync(state, context, cancellationToken),
        BisectStep => await triage.BisectAsync(state, context, cancellationToken),
        SearchStep => await triage.SearchAsync(state, context, cancellationToken),
        DiagnoseStep => triage.DiagnoseOutside(state),
        AttemptStep attempt => await repairs.TryAsync(attempt, state, context, cancellationToken),
        IntendStep => proposals.Intend(state, context),
        ProposeStep => await proposals.ProposeAsync(state, context, cancellationToken),
        CloseStep close => new Closed(close.Outcome, close.Reason),
        _ => throw new InvalidOperationException($"No way to do {step.GetType().Name}."),
    };
}
