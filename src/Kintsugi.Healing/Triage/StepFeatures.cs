using System.Buffers;

namespace Kintsugi.Healing.Triage;

/// <summary>What <see cref="StepRanker"/> looks at: plain facts of a step and of its neighbours, named so that a weight can be read.</summary>
/// <remarks>Words are only looked up, never interpreted, and the work is linear in what is read: the text is a stranger's.</remarks>
internal static class StepFeatures
{
    private const int LastNamedPosition = 9;

    private static readonly (string Name, SearchValues<string> Words)[] Signs =
    [
        Sign("error", "error", "exception", "failed", "failure"),
        Sign("traceback", "traceback", "most recent call last", "   at "),
        Sign("ran", "execution succeeded", "exitcode: 0", "exit code 0"),
        Sign("did not run", "execution failed", "exitcode: 1", "exit code 1", "timed out", "timeout"),
        Sign("unable", "unable", "cannot", "can't", "could not", "couldn't", "not possible", "not able"),
        Sign("not found", "not found", "no such", "not defined", "does not exist", "no results", "none of"),
        Sign("assumes", "assum", "simulat", "hypothetical", "placeholder", "for example", "mock", "suppose"),
        Sign("apology", "sorry", "apolog"),
        Sign("verifies", "verif", "validat", "double-check", "cross-check"),
        Sign("confirms", "confirm", "is correct", "are correct", "accurate"),
        Sign("ends", "terminate", "task is complete", "final answer"),
        Sign("nothing to run", "there is no code"),
        Sign("code", "```"),
        Sign("plan", "step 1", "1. ", "step-by-step", "step by step"),
        Sign("asks", "?", "please provide", "could you", "can you"),
        Sign("result", "therefore", "the result", "the answer", "in conclusion", "thus"),
        Sign("searches", "search", "look up", "http"),
        Sign("by hand", "manual", "based on my", "from memory", "known", "general knowledge"),
        Sign("instead", "instead", "alternative", "another approach", "however"),
        Sign("based on", "based on", "according to", "given the"),
        Sign("calculates", "calculat", "comput", " = "),
    ];

    private static readonly (string Name, SearchValues<string> Words)[] Roles =
    [
        Sign("machine", "terminal", "tool", "executor", "upstream", "system"),
        Sign("checks", "verif", "valid", "review", "critic"),
        Sign("debugs", "debug", "problem", "program", "python"),
        Sign("data", "data", "statistic", "analysis"),
        Sign("web", "web", "search", "api", "browser"),
    ];

    /// <returns>Of each step its features that are not 0, by name.</returns>
    public static IReadOnlyList<IReadOnlyList<KeyValuePair<string, double>>> Of(FailedTrace trace)
    {
        var question = Words(Start(trace.Question));
        var facts = trace.Steps.Select(Facts.Of).ToList();
        HashSet<string> met = new(StringComparer.Ordinal);
        List<IReadOnlyList<KeyValuePair<string, double>>> all = [];
        for (var i = 0; i < facts.Count; i++)
        {
            all.Add(
            [
                .. Position(i, facts.Count), .. Agent(trace.Steps, i, met.Add(trace.Steps[i].Agent)),
                .. Text(facts[i], question), .. Neighbours(facts, i),
            ]);
        }

        return all;
    }

    private static IEnumerable<KeyValuePair<string, double>> Position(int i, int count)
    {
        yield return Fact($"position {Math.Min(i, LastNamedPosition)}");
        yield return Fact("log position", Math.Log(1 + i));
        yield return Fact("share of the way", (double)i / Math.Max(1, count - 1));
        if (i == count - 1) yield return Fact("last");
        if (i == count - 2) yield return Fact("last but one");
    }

    private static IEnumerable<KeyValuePair<string, double>> Agent(IReadOnlyList<TraceStep> steps, int i, bool first)
    {
        if (first) yield return Fact("agent's first step");
        if (i > 0 && steps[i - 1].Agent == steps[i].Agent) yield return Fact("agent goes on");
        if (i > 0 && steps[0].Agent == steps[i].Agent) yield return Fact("agent that began");
        foreach (var role in Roles.Where(r => steps[i].Agent.AsSpan().ContainsAny(r.Words))) yield return Fact($"role: {role.Name}");
    }

    private static IEnumerable<KeyValuePair<string, double>> Text(Facts step, HashSet<string> question)
    {
        yield return Fact("log length", Math.Log(1 + step.Length) / 5);
        if (step.Length < 60) yield return Fact("short");
        if (step.Length >= TraceStep.Read) yield return Fact("long");
        yield return Fact("numbers", Math.Log(1 + step.Numbers) / 5);
        yield return Fact("words of the question", Overlap(question, step.Words));
        foreach (var sign in step.Signs) yield return Fact(sign);
    }

    private static IEnumerable<KeyValuePair<string, double>> Neighbours(List<Facts> facts, int i)
    {
        if (i + 1 < facts.Count)
        {
            foreach (var sign in facts[i + 1].Signs) yield return Fact($"next: {sign}");
        }

        if (i == 0) yield break;
        yield return Fact("repeats the step before", Overlap(facts[i].Words, facts[i - 1].Words));
        foreach (var sign in facts[i - 1].Signs) yield return Fact($"before: {sign}");
    }

    private static KeyValuePair<string, double> Fact(string name, double value = 1) => KeyValuePair.Create(name, value);

    /// <summary>Share of the words of the first that are among the second.</summary>
    private static double Overlap(HashSet<string> words, HashSet<string> others) => words.Count == 0 ? 0 : (double)words.Count(others.Contains) / words.Count;

    private static (string Name, SearchValues<string> Words) Sign(string name, params string[] words) => (name, SearchValues.Create(words, StringComparison.OrdinalIgnoreCase));

    private static string Start(string text) => text.Length <= TraceStep.Read ? text : text[..TraceStep.Read];

    private static HashSet<string> Words(string text)
    {
        HashSet<string> words = new(StringComparer.OrdinalIgnoreCase);
        for (int from = 0, at = 0; at <= text.Length; at++)
        {
            if (at < text.Length && char.IsLetterOrDigit(text[at])) continue;
            if (at - from > 2) words.Add(text[from..at]);
            from = at + 1;
        }

        return words;
    }

    private sealed record Facts(int Length, HashSet<string> Words, int Numbers, IReadOnlyList<string> Signs)
    {
        public static Facts Of(TraceStep step)
        {
            var text = Start(step.Content);
            return new Facts(
                text.Length, StepFeatures.Words(text), text.Zip(text.Skip(1), (a, b) => char.IsAsciiDigit(a) && !char.IsAsciiDigit(b)).Count(n => n),
                [.. StepFeatures.Signs.Where(s => text.AsSpan().ContainsAny(s.Words)).Select(s => s.Name)]);
        }
    }
}
