using Kintsugi.Evaluation.Datasets;
using Kintsugi.Storage;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>How expected and actual calls are matched.</summary>
internal enum ToolOrder
{
    /// <summary>These and no others, in this order.</summary>
    Strict,

    /// <summary>These and no others, in any order.</summary>
    Any,

    /// <summary>These at least, in any order.</summary>
    Subset,
}

/// <summary>The agent called the right tools with the right arguments.</summary>
/// <param name="path">Of the target, where the expected calls stand; null when <paramref name="inline"/> names them.</param>
/// <param name="partOfArguments">Whether arguments beyond the expected ones are allowed.</param>
internal sealed class ToolCallsScorer(
    string name, string hash, JsonPath? path, IReadOnlyList<ExpectedToolCall> inline, ToolOrder order, bool partOfArguments) : AnswerScorer(name, hash)
{
    public override string? Lacks(Sample sample)
    {
        if (path is null) return null;
        if (LacksAt(sample, path) is { } problem) return problem;
        try
        {
            ExpectedToolCall.ReadList(path.First(sample.Target!.Value)!.Value);
            return null;
        }
        catch (FormatException e)
        {
            return $"has at {path} of its 'target' no list of tool calls: {e.Message}";
        }
    }

    protected override Score Judge(Answer answer)
    {
        var expected = path is null ? inline : ExpectedToolCall.ReadList(Target(answer, path));
        var actual = answer.Trajectory.ToolCalls.ToList();
        var called = actual.Count == 0 ? "no tool" : Shown.Word(string.Join(", ", actual.Select(c => c.OnlySpansTell ? $"{c.Name} (by its own spans)" : c.Name)), 200);
        var wanted = expected.Count == 0 ? "no tool" : Shown.Word(string.Join(", ", expected.Select(c => c.Name)), 200);
        if (order != ToolOrder.Subset && actual.Count != expected.Count) return Fail($"The agent called {called}; expected {wanted}.");
        var missing = order == ToolOrder.Strict
            ? expected.Where((e, i) => !e.Fits(actual[i], partOfArguments)).FirstOrDefault()
            : FirstUnmatched(expected, actual);
        if (missing is null) return Pass($"The agent called {called}.");
        return Fail(actual.Any(c => c.Name == missing.Name)
            ? $"The call of {Shown.Word(missing.Name)} has other arguments, or stands elsewhere, than expected{(missing.Arguments is { } a ? " (" + Quote.Json(a) + ")" : "")}. The agent called {called}."
            : $"The agent did not call {Shown.Word(missing.Name)}. It called {called}.");
    }

    /// <summary>Gives each expected call an actual one of its own (augmenting paths: an expected call that many fit may have to give way).</summary>
    private ExpectedToolCall? FirstUnmatched(IReadOnlyList<ExpectedToolCall> expected, List<ToolCall> actual)
    {
        var taker = new int?[actual.Count];
        for (var i = 0; i < expected.Count; i++)
            if (!Take(i, new bool[actual.Count])) return expected[i];
        return null;

        bool Take(int wanted, bool[] tried)
        {
            for (var j = 0; j < actual.Count; j++)
            {
                if (tried[j] || !expected[wanted].Fits(actual[j], partOfArguments)) continue;
                tried[j] = true;
                if (taker[j] is { } holder && !Take(holder, tried)) continue;
                taker[j] = wanted;
                return true;
            }
            return false;
        }
    }
}
