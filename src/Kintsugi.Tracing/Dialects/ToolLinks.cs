namespace Kintsugi.Tracing.Dialects;

/// <summary>Makes one of the tool that a model asks for, the span that ran it and the result that went back to the model.</summary>
/// <remarks>Some services number their calls anew in each answer: of equal ids the n-th result belongs to the n-th request.</remarks>
internal static class ToolLinks
{
    /// <returns>The operations, tools with what requests and results say of them, and a tool for each request that no span ran.</returns>
    public static IReadOnlyList<Operation> Link(IReadOnlyList<Operation> operations)
    {
        List<ModelOperation> calls = [.. operations.OfType<ModelOperation>().OrderBy(m => m.Start)];
        List<Asked> asked = [.. from call in calls from message in call.Answer from request in message.Parts.OfType<ToolRequestPart>() select new Asked(call, request)];
        if (asked.Count == 0) return operations;

        TakeResults(calls, asked.Where(a => a.Request.Id is not null).ToLookup(a => a.Request.Id!));
        var linked = operations.ToList();
        Claim(linked, asked);
        var unclaimed = 0;
        foreach (var request in asked.Where(a => !a.IsClaimed)) linked.Add(OnlyAsked(request, ++unclaimed));
        return linked;
    }

    private static void Claim(List<Operation> operations, List<Asked> asked)
    {
        var byId = Queues(asked.Where(a => a.Request.Id is not null), a => a.Request.Id!);
        var order = Enumerable.Range(0, operations.Count).Where(i => operations[i] is ToolOperation).OrderBy(i => operations[i].Start).ToList();
        foreach (var index in order)
            if (operations[index] is ToolOperation { CallId: { } id } tool && byId.TryGetValue(id, out var queue) && queue.TryDequeue(out var request))
                operations[index] = Joined(tool, request);

        // A tool's span that tells no id ran the earliest request for its tool that none ran yet.
        var byName = Queues(asked.Where(a => !a.IsClaimed), a => a.Request.Tool);
        foreach (var index in order)
        {
            if (operations[index] is not ToolOperation { CallId: null } tool || !byName.TryGetValue(tool.Tool, out var queue)) continue;
            if (queue.TryPeek(out var request) && request.Call.Start <= tool.Start) operations[index] = Joined(tool, queue.Dequeue());
        }
    }

    private static Dictionary<string, Queue<Asked>> Queues(IEnumerable<Asked> asked, Func<Asked, string> key) =>
        asked.GroupBy(key).ToDictionary(g => g.Key, g => new Queue<Asked>(g));

    private static ToolOperation Joined(ToolOperation tool, Asked request)
    {
        request.IsClaimed = true;
        return tool with
        {
            CallId = tool.CallId ?? request.Request.Id,
            Input = tool.Input ?? request.Request.Arguments?.DeepClone(),
            Output = tool.Output ?? (tool.Error is null ? request.Result?.Result?.DeepClone() : null),
        };
    }

    private static ToolOperation OnlyAsked(Asked asked, int n)
    {
        var call = asked.Call;
        return new ToolOperation(
            $"{call.Id}/{n}", call.Parent, asked.Request.Tool, End(call), null, null, asked.Request.Arguments?.DeepClone(), asked.Result?.Result?.DeepClone(),
            call.Dialect, [], asked.Request.Tool, asked.Request.Id)
        {
            OnlyAsked = true,
            Agent = call.Agent,
            Node = call.Node,
        };
    }

    // A result is never an event of its own: it stands in the next request, and in all after it.
    private static void TakeResults(List<ModelOperation> calls, ILookup<string, Asked> asked)
    {
        var byId = asked.ToDictionary(g => g.Key, g => g.ToList());
        foreach (var call in calls)
        {
            var seen = new Dictionary<string, int>();
            foreach (var result in call.Messages.SelectMany(m => m.Parts.OfType<ToolResultPart>()))
            {
                if (result.Id is null || !byId.TryGetValue(result.Id, out var requests)) continue;
                var nth = seen[result.Id] = seen.GetValueOrDefault(result.Id) + 1;
                if (nth <= requests.Count) requests[nth - 1].Result ??= result;
            }
        }
    }

    private static DateTimeOffset End(Operation operation) =>
        operation.Took is { } took && took < DateTimeOffset.MaxValue - operation.Start ? operation.Start + took : operation.Start;

    private sealed class Asked(ModelOperation call, ToolRequestPart request)
    {
        public ModelOperation Call => call;

        public ToolRequestPart Request => request;

        public ToolResultPart? Result { get; set; }

        public bool IsClaimed { get; set; }
    }
}
