namespace Kintsugi.Healing.Repair;

/// <summary>What one attempt at writing a change may use. Beyond it the attempt goes on with what is written by then.</summary>
/// <param name="Turns">Answers of the model.</param>
/// <param name="ToolCalls">Uses of tools, those that were mistaken too.</param>
/// <param name="Tokens">Of all its questions and answers together; a conversation is sent anew with each turn. Money is bounded by `models.budget`.</param>
/// <param name="SampleRuns">Runs of single samples.</param>
/// <param name="Wall">From the first question on; of a coding agent's command likewise.</param>
public sealed record WriterLimits(int Turns = 40, int ToolCalls = 120, long Tokens = 1_000_000, int SampleRuns = 100, TimeSpan? Wall = null)
{
    public TimeSpan Longest { get; } = Wall ?? TimeSpan.FromMinutes(20);
}
