namespace Kintsugi.Forge;

/// <summary>Which repository of which forge, and who we are there.</summary>
/// <param name="Api">Root of the API: `https://api.github.com/`, `https://github.example.com/api/v3/`, `https://gitlab.com/api/v4/`.</param>
/// <param name="Repository">`owner/name`; at GitLab `group/subgroup/name` too.</param>
public sealed record ForgeSettings(ForgeKind Kind, Uri Api, string Repository, ForgeCredentials Credentials)
{
    /// <summary>It ends in `/`, or its last part would not be part of what is asked for.</summary>
    public Uri Api { get; } = Api.AbsoluteUri.EndsWith('/') ? Api : new Uri(Api.AbsoluteUri + "/");
}

public enum ForgeKind
{
    GitHub = 0,
    GitLab = 1,
}

/// <summary>Who we are at a forge. It never reaches a sandbox, a log, a prompt or a report.</summary>
public abstract record ForgeCredentials
{
    public sealed override string ToString() => GetType().Name; // a record would print what it holds
}

/// <summary>A person's or a job's token; white space around it is none of it: files end in a line feed.</summary>
public sealed record TokenCredentials(string Token) : ForgeCredentials
{
    public string Token { get; } = Token.Trim();
}

/// <summary>A GitHub App: its installation tokens last an hour, and are renewed.</summary>
/// <param name="PrivateKey">PEM.</param>
/// <param name="InstallationId">Null for the one that the repository has.</param>
public sealed record AppCredentials(long AppId, string PrivateKey, long? InstallationId) : ForgeCredentials;
