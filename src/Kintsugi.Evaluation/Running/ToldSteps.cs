using System.Text.Json;
using Kintsugi.Storage;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Running;

/// <summary>A step, and the id of the tool's call by which results and spans name it.</summary>
internal sealed class WitnessedStep(Step step, string? callId)
{
    public Step Step { get; set; } = step;

    public string? CallId => callId;
}

/// <summary>Puts what an agent's own spans tell of a sample among what our gateway saw of it, each call once.</summary>
/// <remarks>
/// A model's call that a span tells is one that went through the gateway, as far as that saw any: they are taken in order, of the same model first. A tool's call is the one
/// that a model asked for, by its id, else by name and arguments, else by name. What is left over the gateway never saw: a tool that the agent's code calls by itself, a model
/// in its own process. Two instrumentations that tell the same are two witnesses of one call, each matched for itself. Requests over HTTP are not taken: there is no way out but the gateway.
/// </remarks>
internal static class ToldSteps
{
    private const int MostNamed = 10, LongestName = 60;

    /// <param name="steps">What the gateway saw, in order; what it did not see is put in where it began.</param>
    /// <returns>What there is to say of it.</returns>
    public static IReadOnlyList<string> Add(List<WitnessedStep> steps, IReadOnlyList<Trace> traces)
    {
        var told = traces.SelectMany(t => t.Operations).Where(o => o is ModelOperation or ToolOperation)
            .OrderBy(o => o.Start).ThenBy(EndMs);
        var unseen = new List<Step>();
        var dialects = new List<TraceDialect>();
        foreach (var witness in told.GroupBy(o => o.Dialect))
        {
            var added = Add(steps, [.. witness]);
            unseen.AddRange(added);
            if (added.Count > 0) dialects.Add(witness.Key);
        }
        if (unseen.Count == 0) return [];
        var names = unseen.Take(MostNamed).Select(s => Shown.Word(s is ToolCall tool ? tool.Name : $"model {((ModelCall)s).Model}", LongestName));
        return [$"Only its own spans ({string.Join(", ", dialects)}) tell of {unseen.Count} call(s): {string.Join(", ", names)}{(unseen.Count > MostNamed ? ", …" : "")}."];
    }

    /// <summary>Some clocks tell the start in milliseconds. What began in the same one and ended in an earlier one was first; else as it came, which is the order in which they ended.</summary>
    private static long EndMs(Operation operation) =>
        operation.Took is { } took && took < DateTimeOffset.MaxValue - operation.Start ? (operation.Start + took).ToUnixTimeMilliseconds() : long.MaxValue;

    private static List<Step> Add(List<WitnessedStep> steps, List<Operation> told)
    {
        var matches = Match(steps, told);
        List<Step> added = [];
        var at = matches.Count > 0 ? -1 : steps.Count - 1; // with nothing in common, nothing tells when it was
        foreach (var operation in told)
        {
            if (matches.TryGetValue(operation, out var seen))
            {
                at = Math.Max(at, steps.IndexOf(seen));
            }
            else if (operation is not ToolOperation { OnlyAsked: true } || !IsOfSeen(operation, told, matches))
            {
                var step = Unseen(operation);
                added.Add(step);
                steps.Insert(++at, new WitnessedStep(step, (operation as ToolOperation)?.CallId));
            }
        }
        return added;
    }

    private static Dictionary<Operation, WitnessedStep> Match(List<WitnessedStep> steps, List<Operation> told)
    {
        var matches = new Dictionary<Operation, WitnessedStep>(ReferenceEqualityComparer.Instance);
        var models = steps.FindAll(s => s.Step is ModelCall);
        var tools = steps.FindAll(s => s.Step is ToolCall);
        List<ModelOperation> calls = [.. told.OfType<ModelOperation>()];
        List<ToolOperation> runs = [.. told.OfType<ToolOperation>()];
        Take(calls, models, (call, step) => IsSameModel(call, (ModelCall)step.Step), matches);
        Take(calls, models, (_, _) => true, matches);
        Take(runs, tools, (run, step) => run.CallId is not null && run.CallId == step.CallId, matches, fill: true);
        Take(runs, tools, (run, step) => IsSameCall((ToolCall)run.ToStep()!, (ToolCall)step.Step), matches, fill: true);
        Take(runs, tools, (run, step) => run.Tool == ((ToolCall)step.Step).Name, matches);
        return matches;
    }

    /// <param name="fill">Whether the span says what the tool gave, where the gateway does not know it.</param>
    private static void Take<T>(List<T> told, List<WitnessedStep> steps, Func<T, WitnessedStep, bool> isSame, Dictionary<Operation, WitnessedStep> matches, bool fill = false)
        where T : Operation
    {
        foreach (var operation in told)
        {
            if (steps.Count == 0) return;
            if (matches.ContainsKey(operation) || steps.Find(s => isSame(operation, s)) is not { } step) continue;
            matches[operation] = step;
            steps.Remove(step);
            if (fill && step.Step is ToolCall { Result: null } tool && operation.ToStep() is ToolCall { Result: { } result }) step.Step = tool with { Result = result };
        }
    }

    private static bool IsSameModel(ModelOperation told, ModelCall seen) =>
        told.ModelAnswered is { } answered && seen.ServedModel is { } served ? answered == served : (told.ModelAsked ?? told.ModelAnswered) == seen.Model;

    private static bool IsSameCall(ToolCall told, ToolCall seen) => told.Name == seen.Name && JsonElement.DeepEquals(told.Arguments, seen.Arguments);

    /// <summary>Whether a tool that a span's model asked for is told by the gateway, which saw that model's call.</summary>
    private static bool IsOfSeen(Operation asked, List<Operation> told, Dictionary<Operation, WitnessedStep> matches) =>
        told.Find(o => o is ModelOperation && asked.Id.StartsWith(o.Id + "/", StringComparison.Ordinal)) is { } call && matches.ContainsKey(call);

    /// <remarks>A fault that a span tells excuses nothing: the world is not the agent's to judge.</remarks>
    private static Step Unseen(Operation operation) => operation.ToStep() switch
    {
        ModelCall call => call with { Fault = null, OnlySpansTell = true },
        ToolCall tool => tool with { OnlySpansTell = true },
        _ => throw new ArgumentException($"{operation.GetType().Name} is no call.", nameof(operation)),
    };
}
