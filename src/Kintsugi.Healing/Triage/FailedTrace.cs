namespace Kintsugi.Healing.Triage;

/// <summary>One message or call of a trajectory.</summary>
/// <param name="Agent">Who acted: a role in a team of agents, a tool, or a model's name.</param>
/// <param name="Content">What it said or returned; only its first <see cref="Read"/> characters are read.</param>
public sealed record TraceStep(string Agent, string Content)
{
    /// <summary>Characters of a step, and of the question, that are read.</summary>
    public const int Read = 2_000;
}

/// <summary>A trajectory that ended in a wrong answer.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Steps">In order, at least one.</param>
public sealed record FailedTrace(string Question, IReadOnlyList<TraceStep> Steps);

/// <summary>A trajectory of which a person said where it went wrong.</summary>
/// <param name="MistakeStep">Index into the steps.</param>
public sealed record LabelledTrace(FailedTrace Trace, int MistakeStep);
