namespace Kintsugi.Models.Providers.Simulated;

/// <summary>What the simulated model understood of a prompt.</summary>
/// <param name="Start">Points before any rule.</param>
/// <param name="Low">The least score; no bound is negative infinity.</param>
/// <param name="AnswerFields">Fields of the JSON answer that the prompt asks for; empty when it names none.</param>
internal sealed record Instructions(
    IReadOnlyList<ToolInstruction> Tools, IReadOnlyList<Rule> Rules, double Start, double Low, double High,
    IReadOnlyList<string> AnswerFields, bool WantsJson)
{
    public bool Scores => Rules.Any(r => r is PointsRule or ScoreRule);

    /// <summary>The instructions of two messages of one request, read one after the other.</summary>
    public Instructions Then(Instructions next) => new(
        [.. Tools, .. next.Tools], [.. Rules, .. next.Rules], Start + next.Start, Math.Max(Low, next.Low), Math.Min(High, next.High),
        [.. AnswerFields, .. next.AnswerFields.Except(AnswerFields)], WantsJson || next.WantsJson);

    public bool IsEmpty => Tools.Count == 0 && Rules.Count == 0 && AnswerFields.Count == 0 && !WantsJson;
}

/// <summary>"Call `Name` with the lead's `Fields`."</summary>
internal sealed record ToolInstruction(string Name, IReadOnlyList<string> Fields, Condition? When);

/// <param name="Text">The line as the prompt has it, for the reason given.</param>
internal abstract record Rule(Condition? When, string Text);

/// <summary>Adds points, or subtracts them when they are negative.</summary>
internal sealed record PointsRule(double Points, Condition? When, string Text) : Rule(When, Text);

/// <summary>Sets the score outright, after all points are counted.</summary>
internal sealed record ScoreRule(double Score, Condition? When, string Text) : Rule(When, Text);

/// <summary>Sets a field of the answer; the first rule of a field that holds decides it.</summary>
internal sealed record LabelRule(string Field, string Value, Condition? When, string Text) : Rule(When, Text);
