using Kintsugi.Forge;

namespace Kintsugi.Healing.Review;

/// <summary>What an agent's check of a commit is called.</summary>
public static class CheckNames
{
    /// <param name="path">Its directory, from the repository's top; several agents may share a repository, and a name too.</param>
    public static string Of(string agent, string path) => CheckReport.OwnNames + StrangersText.OneLine(path.Length == 0 ? agent : path, 100);
}
