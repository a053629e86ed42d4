using System.Text.Json;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>One process that answers many samples, one after the other or several at a time.</summary>
internal interface IConversation : IAsyncDisposable
{
    AgentProcess Process { get; }

    /// <summary>Why nothing more can be asked of it; null while something can.</summary>
    AgentError? Ended { get; }

    Task<Said> AskAsync(Ask ask, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>What was noticed since the last time.</summary>
    IReadOnlyList<string> TakeNotes();
}

/// <summary>How a conversation's turn ended. Only <see cref="Answered"/> leaves a process that can be asked again.</summary>
internal abstract record Said
{
    /// <summary>The agent's answer or the error that it reported itself.</summary>
    public sealed record Answered(JsonElement? Output, AgentError? Error) : Said;

    public sealed record TimedOut : Said;

    /// <param name="Beside">Whether other samples were in flight, so that nobody can say which of them did it.</param>
    public sealed record Lost(AgentError Error, bool Beside) : Said;
}
