using Kintsugi.Forge;

namespace Kintsugi.Healing.Incidents;

/// <summary>Where fixes are put before people, when that is at a forge.</summary>
/// <param name="Base">Branch that fixes are for; null for the one that the bad version was found on.</param>
/// <param name="Reviewers">Asked beside the owners of the culprit's files; the first of them, teams apart, are assigned what needs a person.</param>
public sealed record ReviewPlace(IForge Forge, IConversation Conversation, string? Base, IReadOnlyList<string> Reviewers, IReadOnlyList<string> Labels)
{
    /// <summary>Where the run can be watched that does this, in CI; null elsewhere.</summary>
    public Uri? Run { get; init; }
}
