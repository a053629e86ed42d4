using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Review;

namespace Kintsugi.Cli;

/// <summary>What the commands answer to the shell.</summary>
internal static class ExitStatus
{
    public const int Ok = 0;
    public const int Bad = 1;
    public const int Usage = 2;
    public const int Insufficient = 3;
    public const int World = 4;
    public const int Cancelled = 130;

    /// <summary>What any verb may answer besides its own.</summary>
    public static readonly IReadOnlyList<(int Status, string Meaning)> Shared =
    [
        (Usage, "the command line, kintsugi.yaml, the dataset or the repository cannot be used as it is; the message says what to do"),
        (World, "the world failed: no sandbox, providers that are down, a spent budget, a full disk; nothing is said about the agent"),
        (Cancelled, "cancelled"),
    ];

    /// <summary>What verbs that drive an incident answer.</summary>
    public static readonly IReadOnlyList<(int Status, string Meaning)> Heal =
    [
        (Ok, "healthy, proposed, left alone, superseded, or stopped by --until"),
        (Bad, "escalated, or the budget is spent; with --gate also proposed, and a regression that a policy leaves alone"),
        (Insufficient, "the runs cannot decide"),
    ];

    public static int Of(VerdictKind verdict, bool allowInsufficient) => verdict switch
    {
        VerdictKind.Healthy or VerdictKind.Flaky => Ok,
        VerdictKind.Regressed => Bad,
        _ => allowInsufficient ? Ok : Insufficient,
    };

    /// <param name="gate">Whether a version that is worse counts as bad although a fix is proposed, or it is left as it is: what is deployed still is.</param>
    /// <param name="isWorse">Whether fresh runs confirmed that it is.</param>
    public static int Of(IncidentOutcome outcome, bool gate, bool isWorse) => outcome switch
    {
        IncidentOutcome.Proposed => gate ? Bad : Ok,
        IncidentOutcome.LeftAlone when gate && isWorse => Bad,
        IncidentOutcome.Healthy or IncidentOutcome.LeftAlone or IncidentOutcome.Superseded or IncidentOutcome.Stopped => Ok,
        IncidentOutcome.Escalated or IncidentOutcome.Budget => Bad,
        IncidentOutcome.Insufficient => Insufficient,
        IncidentOutcome.Cancelled => Cancelled,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "No exit status is defined for this outcome."),
    };
}
