using Kintsugi.Forge.GitHub;
using Kintsugi.Forge.GitLab;

namespace Kintsugi.Forge;

public static class Forges
{
    /// <summary>Opens a repository of a forge; nothing is asked of it yet.</summary>
    /// <exception cref="ForgeException">The settings cannot be those of a repository.</exception>
    public static IRemoteForge Open(ForgeSettings settings, TimeProvider clock) => settings.Kind switch
    {
        ForgeKind.GitHub => new GitHubForge(settings, clock),
        ForgeKind.GitLab => new GitLabForge(settings, clock),
        _ => throw new ForgeException($"There is no way to {settings.Kind}. Name GitHub or GitLab."),
    };
}
