namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Does one step of an incident and says what happened.</summary>
/// <param name="advises">Asks a model what it makes of a proven cause.</param>
/// <param name="writes">Has changes written where putting hunks back does not mend.</param>
public sealed class IncidentSteps(ProposalRunner proposals, AdviceRunner advises, WriteRunner writes)
{
    public async Task<IncidentEvent> DoAsync(Step step, IncidentState state, HealContext context, CancellationToken cancellationToken) =>
        IsBeforeRepair(step, state) && context.Review is { } place && await ProposalRunner.RefusedAsync(state, place, cancellationToken) is { } refused
            ? refused
            : await DoneAsync(step, state, context, cancellationToken);

    /// <summary>The cause is known, and nothing was paid for to mend it: time to ask whether a person wants that, also where the log that knew it is lost.</summary>
    private static bool IsBeforeRepair(Step step, IncidentState state) => step is AdviseStep or AttemptStep or WriteStep && state is { Attempts: [], Proposed: null };

    private async Task<IncidentEvent> DoneAsync(Step step, IncidentState state, HealContext context, CancellationToken cancellationToken) => step switch
    {
        BaselineStep => await BaselineRunner.TakeAsync(context, cancellationToken),
        LookStep look => await LookRunner.RunAsync(look, state, context, cancellationToken),
        ConfirmStep => await PairRunner.RunAsync(state, context, cancellationToken),
        CutDiffStep => await TriageRunner.CutAsync(state, context, cancellationToken),
        SwapStep => await TriageRunner.SwapAsync(state, context, cancellationToken),
        BisectStep => await TriageRunner.BisectAsync(state, context, cancellationToken),
        SearchStep => await TriageRunner.SearchAsync(state, context, cancellationToken),
        DiagnoseStep => await TriageRunner.DiagnoseOutsideAsync(state, context, cancellationToken),
        DecideStep decide => new Decided(decide.Decision),
        AdviseStep => await advises.AskAsync(state, context, cancellationToken),
        AttemptStep attempt => await RepairRunner.TryAsync(attempt, state, context, cancellationToken),
        WriteStep write => await writes.TryAsync(write, state, context, cancellationToken),
        IntendStep => ProposalRunner.Intend(state, context),
        ProposeStep => await proposals.ProposeAsync(state, context, cancellationToken),
        IntendEscalationStep => ProposalRunner.IntendEscalation(state),
        FileEscalationStep file => await ForgeProposal.EscalateAsync(file.Close, state, context, cancellationToken),
        CloseStep close => new Closed(close.Outcome, close.Reason),
        _ => throw new InvalidOperationException($"No way to do {step.GetType().Name}."),
    };
}
