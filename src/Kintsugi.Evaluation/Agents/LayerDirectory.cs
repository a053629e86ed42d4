using Kintsugi.Sandbox;

namespace Kintsugi.Evaluation.Agents;

/// <summary>One layer of a version, written by us from the repository.</summary>
/// <param name="Path">On the host.</param>
public sealed record LayerDirectory(string Path)
{
    /// <returns>Where the layer holds a regular file of that name; null when it does not.</returns>
    public string? Holds(string path)
    {
        var found = Steps(path).All(step => new FileInfo(step).LinkTarget is null) ? System.IO.Path.Combine(Path, path) : null;
        return File.Exists(found) && !Whiteouts.IsOne(found) ? found : null;
    }

    /// <summary>Whether, where it does not hold it, nothing of that name in a lower layer can be seen: a file, a link or a mark stands in its place, or in place of a directory on the way.</summary>
    public bool Hides(string path) => Steps(path).Any(step => File.Exists(step) || new FileInfo(step).LinkTarget is not null);

    private IEnumerable<string> Steps(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            yield return System.IO.Path.Combine(Path, path[..slash]);
        yield return System.IO.Path.Combine(Path, path);
    }
}
