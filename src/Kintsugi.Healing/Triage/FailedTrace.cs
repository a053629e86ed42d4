using Kintsugi.Evaluation.Running;
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
/// <param name="Steps">In order; <see cref="StepRanker"/> needs at least one.</param>
public sealed record FailedTrace(string Question, IReadOnlyList<TraceStep> Steps)
{
    /// <summary>
    /// What a trajectory keeps of each of its calls: of a tool its arguments and result, of a model and of an upstream how the call ended, but not what was said. After them
    /// the end of what the process wrote to standard error, and the error that it ended with, where there are any.
    /// </summary>
    /// <returns>Without steps when nothing of all that happened.</returns>
    public static FailedTrace Of(string question, Trajectory trajectory, AgentError? error = null)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        List<TraceStep> steps = [.. trajectory.Steps.Select(Read)];
        if (!string.IsNullOrWhiteSpace(trajectory.StandardError)) steps.Add(new TraceStep("terminal", End(trajectory.StandardError.Trim())));
        if (error is not null) steps.Add(new TraceStep("agent", Words(error.Type, error.Message)));
        return new FailedTrace(question, steps);
    }

    private static TraceStep Read(Step step) => step switch
    {
        ModelCall call => new TraceStep(call.Model, Words($"status {call.Status}", call.FinishReason, call.Fault, call.Refusal)),
        ToolCall call => new TraceStep(call.Name, Words(call.Arguments.ToString(), call.Result)),
        UpstreamCall call => new TraceStep(call.Upstream, Words($"{call.Method} {call.Path} status {call.Status}", call.Fault)),
        _ => throw new ArgumentException($"A step of the unknown kind {step.GetType().Name} cannot be read.", nameof(step)),
    };

    private static string End(string text) => text.Length <= TraceStep.Read ? text : text[^TraceStep.Read..];

    private static string Words(params IEnumerable<string?> words) => string.Join('\n', words.Where(w => !string.IsNullOrEmpty(w)));
}

/// <summary>A trajectory of which a person said where it went wrong.</summary>
/// <param name="MistakeStep">Index into the steps.</param>
public sealed record LabelledTrace(FailedTrace Trace, int MistakeStep);
