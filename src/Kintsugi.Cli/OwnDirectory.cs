using Kintsugi.Evaluation;

namespace Kintsugi.Cli;

/// <summary>`.kintsugi/` beside an agent: what is kept there, and what of it git is not to see.</summary>
internal static class OwnDirectory
{
    private static readonly string[] NotForGit = ["kintsugi.db*", "traces.db*", "work/", "simulated.json"];

    /// <summary>Makes it, with a .gitignore that names what is not to be committed; lines that are there stay.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="BadFileException">Something in it is a symbolic link.</exception>
    public static string Make(string agentDirectory)
    {
        var own = Path.Combine(agentDirectory, ".kintsugi");
        foreach (var place in (string[])[own, .. ((string[])["kintsugi.db", "traces.db", "work", "work/reports", ".gitignore"]).Select(name => Path.Combine(own, name))])
            if (new FileInfo(place).LinkTarget is not null)
                throw new BadFileException(place, null, "it is a symbolic link, and what is written there would go where it leads. Remove it; .kintsugi/ is made anew.");
        Directory.CreateDirectory(own);
        var ignore = Path.Combine(own, ".gitignore");
        var lines = File.Exists(ignore) ? File.ReadAllLines(ignore) : [];
        var missing = NotForGit.Except(lines).ToList();
        if (missing.Count > 0) File.WriteAllLines(ignore, [.. lines, .. missing]);
        return own;
    }
}
