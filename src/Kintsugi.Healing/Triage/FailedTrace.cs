using Kintsugi.Tracing;

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
public sealed record FailedTrace(string Question, IReadOnlyList<TraceStep> Steps)
{
    /// <summary>What a trajectory keeps of each of its calls: of a tool its arguments and result, of a model and of an upstream how the call ended, but not what was said.</summary>
    public static FailedTrace Of(string question, Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        return new FailedTrace(question, [.. trajectory.Steps.Select(Read)]);
    }

    private static TraceStep Read(Step step) => step switch
    {
        ModelCall call => new TraceStep(call.Model, Words($"status {call.Status}", call.FinishReason, call.Fault, call.Refusal)),
        ToolCall call => new TraceStep(call.Name, Words(call.Arguments.ToString(), call.Result)),
        UpstreamCall call => new TraceStep(call.Upstream, Words($"{call.Method} {call.Path} status {call.Status}", call.Fault)),
        _ => throw new ArgumentException($"A step of the unknown kind {step.GetType().Name} cannot be read.", nameof(step)),
    };

    private static string Words(params IEnumerable<string?> words) => string.Join('\n', words.Where(w => !string.IsNullOrEmpty(w)));
}

/// <summary>A trajectory of which a person said where it went wrong.</summary>
/// <param name="MistakeStep">Index into the steps.</param>
public sealed record LabelledTrace(FailedTrace Trace, int MistakeStep);
