using Kintsugi.Sandbox.Git;

namespace Kintsugi.Forge;

/// <summary>Puts things before people in one repository of a forge. Each of its members can be called again, by another process too, and leaves one of what it makes.</summary>
/// <remarks>
/// What is asked for is looked up first, adopted when it is there, else made; a request whose answer was lost is looked up again. So the caller need only know
/// the name. Every member may throw <see cref="ForgeException"/>.
/// </remarks>
public interface IForge
{
    /// <summary>Makes the branch with one commit, or adopts it, as <see cref="Local.LocalForge.ProposeAsync"/> does; nothing is cloned.</summary>
    /// <param name="changes">What the tree has that its parent has not; a null content deletes.</param>
    /// <exception cref="BranchTakenException">Somebody else's branch has the name.</exception>
    Task<ProposedBranch> PutBranchAsync(BranchRequest request, IReadOnlyList<TreeEdit> changes, CancellationToken cancellationToken);

    /// <summary>Makes a draft pull request of a branch, or adopts the one that is open. One that has ended is answered as it is, and followed by another only where <see cref="PullRequestRequest.After"/> names it.</summary>
    Task<PullRequest> PutPullRequestAsync(PullRequestRequest request, CancellationToken cancellationToken);

    /// <summary>Writes a comment under a pull request or issue; where one of the key is there, its text is replaced.</summary>
    /// <param name="key">`verdict:…`, `answer:…`; letters, digits and `:._-/`. It is kept, unseen, in the comment.</param>
    Task PutCommentAsync(int number, string key, string body, CancellationToken cancellationToken);

    /// <summary>Says on a commit what was found of it; one of the same name on the same commit is replaced.</summary>
    Task PutCheckAsync(CheckReport check, CancellationToken cancellationToken);

    /// <summary>Opens an issue, or finds the one of the same key, open or closed.</summary>
    /// <returns>Its address.</returns>
    Task<Uri> PutIssueAsync(IssueRequest request, CancellationToken cancellationToken);
}

/// <summary>Reads what people and their machines did about a pull request, and answers by closing it.</summary>
public interface IConversation
{
    /// <summary>The pull request of a branch as it stands now: the open one, else the one that was ended last; null where there never was one.</summary>
    Task<PullRequestView?> ReadAsync(string branch, CancellationToken cancellationToken);

    /// <summary>Whether somebody may write to the repository: a stranger's words start nothing.</summary>
    Task<bool> MayWriteAsync(string login, CancellationToken cancellationToken);

    /// <summary>Closes it unmerged; what is closed stays so. The branch stays.</summary>
    Task CloseAsync(int number, CancellationToken cancellationToken);
}
