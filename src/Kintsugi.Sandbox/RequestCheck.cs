namespace Kintsugi.Sandbox;

/// <summary>Refuses requests that no sandbox could carry out safely, before anything is started.</summary>
internal static class RequestCheck
{
    /// <summary>What the sandbox mounts itself: a tree may lie below (but for those in <see cref="Closed"/>), never on or above.</summary>
    private static readonly string[] Own = ["/usr", "/etc", "/proc", "/dev", "/tmp", "/run", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/sys"];

    private static readonly string[] Closed = ["/proc", "/dev", "/sys", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/run/gateway", "/run/serve", "/tmp/home"];

    /// <exception cref="ArgumentException">The request is not one that can be carried out; the message says which part.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such tree.</exception>
    public static void Throw(SandboxRequest request)
    {
        if (request.Command.Count == 0)
            throw new ArgumentException("The command is empty.", nameof(request));
        if (!Directory.Exists(request.Tree))
            throw new DirectoryNotFoundException($"The tree '{request.Tree}' is not a directory.");
        ThrowIfUnusable(request.MountAt, "MountAt", request.Tree);
        if (request.WorkingDirectory.Split('/').Contains("..") || request.WorkingDirectory.StartsWith('/'))
            throw new ArgumentException($"The working directory '{request.WorkingDirectory}' leaves the tree: name one inside it.", nameof(request));
        foreach (var (host, inside) in request.ReadOnly)
        {
            if (!Path.Exists(host))
                throw new ArgumentException($"The read-only path '{host}' does not exist.", nameof(request));
            ThrowIfUnusable(inside, "a read-only path", host);
            ThrowIfBelowLink(request, inside);
        }

        if (request.Environment.FirstOrDefault(pair => pair.Key.Length == 0 || pair.Key.AsSpan().ContainsAny('=', '\0') || pair.Value.Contains('\0', StringComparison.Ordinal)) is { Key: not null } bad)
            throw new ArgumentException($"'{bad.Key}' cannot be an environment variable.", nameof(request));
        if (request.ServesOn is <= 0 or > 65535 or SandboxRequest.GatewayPort)
            throw new ArgumentException($"Port {request.ServesOn} cannot be served on: choose one from 1 to 65535 other than {SandboxRequest.GatewayPort}.", nameof(request));
    }

    private static void ThrowIfUnusable(string inside, string what, string host)
    {
        if (!inside.StartsWith('/') || Path.GetFullPath(inside) != inside.TrimEnd('/') || inside == "/" || inside.Contains('\0', StringComparison.Ordinal))
            throw new UnusablePlaceException($"{what} '{inside}' is not an absolute path without '.', '..' and doubled slashes.");
        if (Own.FirstOrDefault(own => IsAtOrBelow(own, inside)) is { } covered)
            throw new UnusablePlaceException($"{what} '{inside}' would cover {covered}, which the sandbox needs: move the checkout into a directory of its own.");
        if (Closed.FirstOrDefault(closed => IsAtOrBelow(inside, closed)) is { } closed)
            throw new UnusablePlaceException($"{what} '{inside}' lies in {closed}, where nothing can be mounted: move the checkout elsewhere.");

        // The sandbox's /usr is the host's, read-only: a place to mount on must already be there.
        if (IsAtOrBelow(inside, "/usr") && Directory.Exists(inside) != Directory.Exists(host))
            throw new UnusablePlaceException($"{what} '{inside}' lies in /usr and does not exist on this host: mount it elsewhere.");
    }

    /// <summary>bwrap follows links on the way to a mount point, also out of the sandbox: a link in the tree must not be on that way.</summary>
    private static void ThrowIfBelowLink(SandboxRequest request, string inside)
    {
        if (!IsAtOrBelow(inside, request.MountAt))
            return;
        var path = request.Tree;
        foreach (var part in inside[request.MountAt.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null)
                throw new UnusablePlaceException($"The read-only path '{inside}' leads through the symbolic link '{path}': remove the link.");
        }
    }

    private static bool IsAtOrBelow(string path, string folder) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);
}
