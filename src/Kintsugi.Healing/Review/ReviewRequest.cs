namespace Kintsugi.Healing.Review;

/// <summary>What is wished of a fix that waits under a pull request.</summary>
/// <param name="Source">`comment:17`, `comment:17.2` for its second order, `review:4`, `checks`: each is answered once.</param>
/// <param name="By">Login, or the name of a check; a stranger's words.</param>
/// <param name="Words">What a reviewer wants otherwise, what a check printed last, or a sample's id; a stranger's words, bounded.</param>
public sealed record ReviewRequest(string Source, string By, RequestKind Kind, string Words)
{
    /// <summary>Whether it asks for another attempt on the same branch.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool WantsAttempt => Kind is RequestKind.Retry or RequestKind.RollBack or RequestKind.MendChecks;
}

/// <summary>Stored by these names in snake case; only ever appended to.</summary>
public enum RequestKind
{
    /// <summary>Another attempt, with the words in view.</summary>
    Retry = 0,

    /// <summary>Why, in full.</summary>
    Explain = 1,

    /// <summary>All that changed since the blessed version, taken back.</summary>
    RollBack = 2,

    /// <summary>The regression is wanted, or of no matter: nothing more is done about it.</summary>
    Ignore = 3,

    /// <summary>A sample counts no longer in this incident.</summary>
    Quarantine = 4,

    /// <summary>The repository's own checks are red on the fix.</summary>
    MendChecks = 5,

    /// <summary>It began as an order of ours and is none.</summary>
    Unknown = 6,
}
