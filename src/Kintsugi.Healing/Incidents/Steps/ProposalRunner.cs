using System.Security.Cryptography;
using System.Text;
using Kintsugi.Evaluation.Running;
using Kintsugi.Forge;
using Kintsugi.Forge.Local;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Puts a verified fix before a person: written down as intended first, then looked up, adopted or made.</summary>
/// <param name="failuresOf">What the failures say, for the body of a pull request; null where its runs are not stored here.</param>
public sealed class ProposalRunner(LocalForge local, Func<IncidentState, FailureDigest?> failuresOf)
{
    /// <summary>How an incident whose cause is known ends where a person has closed the pull request of that culprit, in whatever incident; null where nobody has.</summary>
    public static Task<Closed?> RefusedAsync(IncidentState state, ReviewPlace place, CancellationToken cancellationToken) =>
        ForgeProposal.RefusedAsync(BranchNames.For(state.Opened.Agent, Fingerprint(state)), place, cancellationToken);

    public static ProposalIntended Intend(IncidentState state, HealContext context)
    {
        var fix = state.Attempts[^1].Attempt.Fix!;
        var fingerprint = Fingerprint(state);
        return new ProposalIntended(BranchNames.For(state.Opened.Agent, fingerprint), fix.Tree, fix.Tip, fingerprint, context.Head.At);
    }

    public static EscalationIntended IntendEscalation(IncidentState state) => new(Fingerprint(state));

    public async Task<IncidentEvent> ProposeAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var started = context.Clock.GetTimestamp();
        var intended = state.Intended!;
        var attempt = state.Attempts[^1].Attempt;
        var tip = await context.Git.ResolveAsync(intended.Parent, cancellationToken);
        var mended = await FixTrees.LastMendedAsync(state, context, cancellationToken);
        var composed = await FixTrees.ComposeAsync(tip, mended, context, cancellationToken);
        if (composed.Tree != intended.Tree)
            throw new InvalidOperationException($"The fix composed now ({composed.Tree}) is not the one that was verified ({intended.Tree}). Cancel incident {state.Incident} and heal again.");
        var report = IncidentReports.From(state, failuresOf(state)) with { Outcome = IncidentOutcome.Proposed };
        var request = new BranchRequest(
            intended.Branch, intended.Tree, intended.Parent, CommitMessage.Subject(report), CommitMessage.Body(report), intended.Fingerprint, intended.At)
        {
            After = state.ProposedBefore is { } before && before.Branch == intended.Branch ? before.Commit : null,
        };
        var verification = attempt.Fix!.Verification == Verification.Full ? "full" : "partial";
        if (context.Review is not null) return await ForgeProposal.PutAsync(request, report, verification, state, context, cancellationToken);

        var branch = await local.ProposeAsync(request, cancellationToken);
        return new Proposed(new Proposal(Proposal.LocalBranch, branch.Branch, branch.Commit, "", branch.IsAsked ? verification : Proposal.AnotherFix), RunCost.None, context.Clock.GetElapsedTime(started));
    }

    /// <summary>What the incident is one of once its cause is known: the agent, and what the culprit hunks say; all of them where none was found and all were put back.</summary>
    private static string Fingerprint(IncidentState state)
    {
        var text = new StringBuilder(state.Opened.Remote).Append('\n').Append(state.Opened.AgentPath).Append('\n');
        if (state.Diff is null) text.Append(state.Opened.Base.Id).Append('\n'); // nothing in the repository broke it: one of the base, as before triage
        foreach (var hunk in (state.Diagnosed?.Diagnosis.Culprit is { Count: > 0 } culprit ? culprit : state.Diff?.Hunks ?? []).OrderBy(h => h.Index))
        {
            text.Append(hunk.File).Append('\n');
            foreach (var line in hunk.Removed) text.Append('-').Append(line).Append('\n');
            foreach (var line in hunk.Added) text.Append('+').Append(line).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..12];
    }
}
