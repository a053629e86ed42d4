namespace Kintsugi.Models.Upstreams;

/// <summary>One service besides the models that the agent may reach, secrets expanded. Never written anywhere.</summary>
/// <param name="Name">The variable that tells the agent its address, `CRM_URL`.</param>
/// <param name="Url">http or https, without user, query and fragment: nothing outside its origin and below its path is reached.</param>
/// <param name="Headers">Added outside the sandbox; they replace the agent's own of the same name.</param>
/// <param name="Secrets">What stood in variables within <paramref name="Headers"/>: blotted out of every answer.</param>
/// <param name="Methods">The methods let through, in upper case.</param>
public sealed record UpstreamConfig(
    string Name, Uri Url, IReadOnlyDictionary<string, string> Headers, IReadOnlyList<string> Secrets, IReadOnlyList<string> Methods)
{
    /// <summary>All that can be let through.</summary>
    public static readonly IReadOnlyList<string> AllMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    public override string ToString() => $"{Name} ({Url.Host})";
}
