using Kintsugi.Evaluation.Scorers.Judging;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>What scorers need of the world.</summary>
/// <param name="Directory">Host directory that the scorers' file names are relative to: the agent's.</param>
/// <param name="Run">Runs a command line with its standard input to its end, where it can do no harm.</param>
public sealed record ScorerContext(
    string Directory, Func<string, ReadOnlyMemory<byte>, CancellationToken, Task<CommandOutcome>> Run)
{
    /// <summary>The models that judge; null where nobody may be asked.</summary>
    public JudgeSource? Judges { get; init; }
}

/// <summary>How a scorer's program ended.</summary>
/// <param name="Error">Standard error, for the message when it failed.</param>
public sealed record CommandOutcome(int ExitCode, string Output, string Error);
