namespace Kintsugi.Tracing.Dialects;

/// <summary>An operation among the others of its trace while they are put together.</summary>
/// <param name="scope">Of the span that it was read from.</param>
internal sealed class OperationNode(Operation operation, string scope)
{
    public Operation Operation { get; set; } = operation;

    public string Scope => scope;

    public OperationNode? Parent { get; set; }

    /// <summary>Parents above it; as long as nothing is joined.</summary>
    public int Depth { get; set; }

    /// <summary>The nearest above it that is more than a span of the transport (an HTTP request); see <see cref="OperationTree.IsTransport"/>.</summary>
    public OperationNode? Above => Transport(Parent);

    /// <summary>Whether something below says tokens.</summary>
    public bool IsCountedBelow { get; set; }

    /// <summary>What this one has become a part of.</summary>
    public OperationNode? JoinedInto { get; set; }

    private OperationNode? _above;
    private bool _isAboveKnown;

    // Parents are asked before their children, so each looks only one step up.
    private OperationNode? Transport(OperationNode? parent)
    {
        if (_isAboveKnown) return _above;
        _isAboveKnown = true;
        return _above = parent is not null && OperationTree.IsTransport(parent.Operation) ? parent.Above : parent;
    }
}

/// <summary>Spans as a tree: each under its parent where that is known, none under itself.</summary>
internal static class OperationTree
{
    /// <summary>A span that none of the dialects speaks in: what carries a call, not what it is.</summary>
    public static bool IsTransport(Operation operation) => operation.Dialect == TraceDialect.Plain;

    /// <summary>Finds every node's parent, cuts cycles at the node that began first, and numbers the depths.</summary>
    /// <returns>Parents before their children.</returns>
    public static IReadOnlyList<OperationNode> Grow(IReadOnlyList<OperationNode> nodes)
    {
        var byId = nodes.ToDictionary(n => n.Operation.Id);
        foreach (var node in nodes)
            if (node.Operation.Parent is { } parent) node.Parent = byId.GetValueOrDefault(parent);
        CutCycles(nodes);

        // Down from the roots, level by level.
        var children = nodes.ToLookup(n => n.Parent);
        List<OperationNode> ordered = [.. children[null]];
        for (var at = 0; at < ordered.Count; at++)
        {
            foreach (var child in children[ordered[at]])
            {
                child.Depth = ordered[at].Depth + 1;
                ordered.Add(child);
            }
            _ = ordered[at].Above;
        }
        return ordered;
    }

    private static void CutCycles(IReadOnlyList<OperationNode> nodes)
    {
        var visits = new Dictionary<OperationNode, OperationNode>(); // by whose walk it was first met
        foreach (var start in nodes.OrderBy(n => n.Operation.Start))
        {
            var at = start;
            while (at is not null && visits.TryAdd(at, start)) at = at.Parent;
            if (at is null || visits[at] != start) continue;

            var first = at; // met twice in one walk: a cycle
            for (var next = at.Parent!; next != at; next = next.Parent!)
                if (next.Operation.Start < first.Operation.Start) first = next;
            first.Parent = null;
            first.Operation = first.Operation with { Parent = null };
        }
    }
}
