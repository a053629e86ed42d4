namespace Kintsugi.Evaluation.Judges;

/// <summary>A pair is judged twice, the second time with the answers exchanged, because judges prefer a place.</summary>
public static class BothOrders
{
    /// <param name="asGiven">Is the first answer better? Asked with the first one first.</param>
    /// <param name="swapped">The same question about the same answer, asked with it in second place: the verdict is already in the numbering of <paramref name="asGiven"/>.</param>
    /// <returns>What both say; an abstention where they differ, so that no verdict ever rests on the place of an answer.</returns>
    public static Vote Vote(Vote asGiven, Vote swapped) => asGiven == swapped ? asGiven : Judges.Vote.Abstained;
}
