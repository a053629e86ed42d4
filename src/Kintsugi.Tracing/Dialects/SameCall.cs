using System.Text.Json.Nodes;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Joins spans that tell the same call: one instrumentation above another, or two side by side.</summary>
internal static class SameCall
{
    /// <summary>Spans with one id that are held against each other; more is a service that gives none.</summary>
    private const int MostOfOneId = 100;

    /// <summary>Joins what is the same call in <paramref name="nodes"/>; a node that was joined says into which.</summary>
    /// <param name="nodes">Parents before their children.</param>
    /// <param name="asStep">Reads a model's span that contains several calls as the step that it is.</param>
    public static void Join(IReadOnlyList<OperationNode> nodes, Func<OperationNode, Operation> asStep)
    {
        JoinBeside(nodes, n => (n.Operation as ModelOperation)?.ResponseId);
        JoinBeside(nodes, n => (n.Operation as ToolOperation)?.CallId);

        // From below, so that three layers become one.
        var within = new Dictionary<OperationNode, List<OperationNode>>();
        foreach (var node in nodes.Reverse())
        {
            if (node.JoinedInto is not null) continue;
            var inner = within.GetValueOrDefault(node) ?? [];
            if (node.Operation is ModelOperation)
            {
                if (inner is [var only]) Put(only, node);
                else if (inner.Count > 1) node.Operation = asStep(node) with { Parent = node.Operation.Parent }; // which was cut from a circle, perhaps
            }
            else if (node.Operation is ToolOperation tool && inner is [var only] && IsSameTool(tool, (ToolOperation)only.Operation))
            {
                Put(only, node);
            }
            if (node.Above is { } above && Kept(above) is var into && into != node && IsSameKind(node.Operation, into.Operation))
            {
                if (!within.TryGetValue(into, out var list)) within[into] = list = [];
                list.Add(node);
            }
        }
    }

    /// <summary>What a node has become in the end.</summary>
    public static OperationNode Kept(OperationNode node)
    {
        var kept = node;
        while (kept.JoinedInto is { } into) kept = into;
        if (node != kept) node.JoinedInto = kept; // the next look is short
        return kept;
    }

    /// <remarks>One instrumentation tells a call once: spans of one scope with one id are two calls of a service whose ids are no ids. The one that is least deep is kept, so no parent ever comes below its child.</remarks>
    private static void JoinBeside(IReadOnlyList<OperationNode> nodes, Func<OperationNode, string?> idOf)
    {
        foreach (var same in nodes.Where(n => idOf(n) is { Length: > 0 }).GroupBy(idOf))
        {
            var kept = new List<OperationNode>();
            foreach (var node in same.OrderBy(n => n.Depth).ThenBy(n => n.Operation.Start).Take(MostOfOneId))
            {
                if (kept.FindLast(k => k.Scope != node.Scope && Overlap(k.Operation, node.Operation)) is { } into) Put(node, into);
                else kept.Add(node);
            }
        }
    }

    private static void Put(OperationNode inner, OperationNode outer)
    {
        outer.Operation = (outer.Operation, inner.Operation) switch
        {
            (ModelOperation a, ModelOperation b) => Both(a, b),
            (ToolOperation a, ToolOperation b) => Both(a, b),
            _ => throw new ArgumentException($"{inner.Operation.GetType().Name} is no part of {outer.Operation.GetType().Name}.", nameof(inner)),
        };
        inner.JoinedInto = outer;
    }

    private static bool IsSameKind(Operation one, Operation other) => (one, other) is (ModelOperation, ModelOperation) or (ToolOperation, ToolOperation);

    // A tool that calls itself is two calls: then their ids or arguments differ.
    private static bool IsSameTool(ToolOperation outer, ToolOperation inner) =>
        outer.Tool == inner.Tool
        && (outer.CallId is not null && inner.CallId is not null ? outer.CallId == inner.CallId
            : outer.Input is null || inner.Input is null || JsonNode.DeepEquals(outer.Input, inner.Input));

    private static bool Overlap(Operation one, Operation other) => BeginsWithin(one, other) || BeginsWithin(other, one);

    private static bool BeginsWithin(Operation one, Operation other) => one.Start >= other.Start && (other.Took is not { } took || one.Start - other.Start <= took);

    private static ModelOperation Both(ModelOperation outer, ModelOperation inner) => outer with
    {
        Took = outer.Took ?? inner.Took,
        Error = outer.Error ?? (outer.Answer.Count > 0 || outer.FinishReasons.Count > 0 ? null : inner.Error), // an attempt within that was mended
        Input = outer.Input ?? inner.Input,
        Output = outer.Output ?? inner.Output,
        Other = Both(outer.Other, inner.Other),
        Agent = outer.Agent ?? inner.Agent,
        Node = outer.Node ?? inner.Node,
        Provider = outer.Provider ?? inner.Provider,
        ModelAsked = outer.ModelAsked ?? inner.ModelAsked,
        ModelAnswered = outer.ModelAnswered ?? inner.ModelAnswered,
        Messages = outer.Messages.Count > 0 ? outer.Messages : inner.Messages,
        Answer = outer.Answer.Count > 0 ? outer.Answer : inner.Answer,
        Settings = Both(outer.Settings, inner.Settings),
        Tools = outer.Tools.Count > 0 ? outer.Tools : inner.Tools,
        Usage = Better(outer.Usage, inner.Usage),
        FinishReasons = outer.FinishReasons.Count > 0 ? outer.FinishReasons : inner.FinishReasons,
        ResponseId = outer.ResponseId ?? inner.ResponseId,
        ToFirstToken = outer.ToFirstToken ?? inner.ToFirstToken,
    };

    private static ToolOperation Both(ToolOperation outer, ToolOperation inner) => outer with
    {
        Took = outer.Took ?? inner.Took,
        Error = outer.Error ?? (outer.Output is null ? inner.Error : null),
        Input = outer.Input ?? inner.Input,
        Output = outer.Output ?? inner.Output,
        Other = Both(outer.Other, inner.Other),
        Agent = outer.Agent ?? inner.Agent,
        Node = outer.Node ?? inner.Node,
        CallId = outer.CallId ?? inner.CallId,
    };

    /// <summary>What the provider said goes before what was counted here; what one leaves out the other tells, if the same counted.</summary>
    private static TokenUsage? Better(TokenUsage? outer, TokenUsage? inner) =>
        outer is null || inner is null ? outer ?? inner
        : outer.SaidBy != inner.SaidBy ? (outer.SaidBy == Counter.Provider ? outer : inner)
        : outer with
        {
            Input = outer.Input ?? inner.Input,
            Output = outer.Output ?? inner.Output,
            CachedInput = outer.CachedInput ?? inner.CachedInput,
            Reasoning = outer.Reasoning ?? inner.Reasoning,
        };

    /// <summary>Of a name that stands in both the outer's value stays.</summary>
    private static JsonObject Both(JsonObject outer, JsonObject inner)
    {
        foreach (var (name, value) in inner) outer.TryAdd(name, value?.DeepClone());
        return outer;
    }
}
