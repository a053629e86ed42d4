namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What one conversation with a model may use. Beyond it the conversation is over, with what there is by then.</summary>
/// <param name="Turns">Answers of the model.</param>
/// <param name="ToolCalls">Uses of tools, those that were mistaken too.</param>
/// <param name="Tokens">Of all its questions and answers together; a conversation is sent anew with each turn. Money is bounded by `models.budget`.</param>
/// <param name="SampleRuns">Runs of single samples.</param>
/// <param name="Longest">From the first question on; of a coding agent's command likewise.</param>
public sealed record ConversationLimits(int Turns, int ToolCalls, long Tokens, int SampleRuns, TimeSpan Longest)
{
    /// <summary>Of one attempt at writing a change.</summary>
    public static readonly ConversationLimits OfWriter = new(Turns: 40, ToolCalls: 120, Tokens: 1_000_000, SampleRuns: 100, TimeSpan.FromMinutes(20));

    /// <summary>Of one opinion of a cause.</summary>
    public static readonly ConversationLimits OfAdvisor = new(Turns: 15, ToolCalls: 12, Tokens: 300_000, SampleRuns: 60, TimeSpan.FromMinutes(5));
}
