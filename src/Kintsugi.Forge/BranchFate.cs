namespace Kintsugi.Forge;

/// <summary>What becomes of a branch that is there already.</summary>
internal enum BranchFate
{
    /// <summary>It stays as it is.</summary>
    Adopt = 0,

    /// <summary>A commit of ours comes on top of it.</summary>
    Follow = 1,

    /// <summary>All of it was merged, so it goes on from the commit that the fix was verified on.</summary>
    Restart = 2,
}

/// <summary>How a branch's tip stands to what is asked for.</summary>
/// <param name="IsAsked">Whether it has the tree that is asked for.</param>
/// <param name="IsOurs">Whether it is a commit of ours for this incident, as we made it.</param>
/// <param name="Carries">Whether it has the trailer of this incident, whoever made it.</param>
/// <param name="CarriesBelow">Whether a commit below it, down to the parent, has.</param>
/// <param name="IsInParent">Whether all of it is in the parent.</param>
/// <param name="HasParent">Whether all of the parent is in it.</param>
internal sealed record BranchTip(string Id, bool IsAsked, bool IsOurs, bool Carries, bool CarriesBelow, bool IsInParent, bool HasParent)
{
    /// <summary>The same on every forge. A person's work is never built over: what they pushed, amended or rebased stays the tip, unless it was merged.</summary>
    /// <exception cref="BranchTakenException">Somebody else's branch has the name.</exception>
    public BranchFate Fate(BranchRequest request)
    {
        if (IsInParent) return Carries ? BranchFate.Restart : throw new BranchTakenException(request.Branch);
        // Ours that the parent has gone on from without it: it was squashed, or is for an earlier version, and this fix was verified on a newer one.
        if (!IsAsked && (Id == request.Done || (IsOurs && (Id == request.After || !HasParent)))) return BranchFate.Follow;
        return Carries || CarriesBelow ? BranchFate.Adopt : throw new BranchTakenException(request.Branch);
    }

    public ProposedBranch Adopted(BranchRequest request) => new(request.Branch, Id, Adopted: true, IsAsked, IsOurs);

    /// <summary>Of a commit that <paramref name="fate"/> has made: what it stands on keeps all that the branch and the parent have.</summary>
    public IReadOnlyList<string> Parents(BranchFate fate, BranchRequest request) =>
        fate == BranchFate.Restart ? [request.Parent] : HasParent ? [Id] : [Id, request.Parent];
}
