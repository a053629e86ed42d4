namespace Kintsugi.Evaluation.Judges;

/// <summary>One item that people labelled and the judge judged.</summary>
/// <param name="Passed">What people say: it passes, or of a pair, the first answer is better. Ties are left out beforehand: there is nothing to be right about.</param>
/// <param name="AsGiven">The judge's votes, at least one; further ones are repetitions of the same request.</param>
/// <param name="Swapped">Of a pair: its votes with the answers exchanged, in the numbering of <paramref name="AsGiven"/>. Empty where a single answer is judged.</param>
/// <param name="Slices">The item's tags.</param>
public sealed record LabelledJudgement(string Item, bool Passed, IReadOnlyList<Vote> AsGiven, IReadOnlyList<Vote> Swapped, IReadOnlyList<string> Slices);
