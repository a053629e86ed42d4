namespace Kintsugi.Evaluation.Judges;

/// <summary>What a judge said of one question that has a yes and a no: "does this answer pass?", or of a pair, "is the first one better?".</summary>
public enum Vote
{
    No = -1,

    /// <summary>No verdict could be read, or the two orders of a pair contradict each other.</summary>
    Abstained = 0,

    Yes = 1,
}
