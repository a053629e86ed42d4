namespace Kintsugi.Sandbox;

/// <summary>Refuses requests that no sandbox could carry out safely, before anything is started.</summary>
internal static class RequestCheck
{
    /// <summary>What the sandbox mounts itself: a tree may lie below (but for those in <see cref="Closed"/>), never on or above.</summary>
    private static readonly string[] Own = ["/usr", "/etc", "/proc", "/dev", "/tmp", "/run", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/sys"];

    /// <summary>A page of mount options holds many more; nobody needs them.</summary>
    private const int MostLayers = 16;

    private static readonly string[] Closed = ["/proc", "/dev", "/sys", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/run/kintsugi-init", "/run/kintsugi-etc", "/tmp/home"];

    /// <exception cref="ArgumentException">The request is not one that can be carried out; the message says which part.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such layer.</exception>
    public static void Throw(SandboxRequest request)
    {
        if (request.Command.Count == 0)
            throw new ArgumentException("The command is empty.", nameof(request));
        if (request.Workspace is { } workspace)
            ThrowIfUnusable(workspace);
        if (request.WorkingDirectory.Split('/').Contains("..") || request.WorkingDirectory.StartsWith('/'))
            throw new ArgumentException($"The working directory '{request.WorkingDirectory}' leaves the workspace: name one inside it.", nameof(request));
        foreach (var (host, inside) in request.ReadOnly)
        {
            if (!Path.Exists(host))
                throw new ArgumentException($"The read-only path '{host}' does not exist.", nameof(request));
            ThrowIfUnusable(inside, "a read-only path", host);
            if (request.Workspace is { MountAt: var at } && (IsAtOrBelow(inside, at) || IsAtOrBelow(at, inside)))
                throw new UnusablePlaceException($"The read-only path '{inside}' lies in the workspace or around it: make it a layer of the workspace.");
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

    private static void ThrowIfUnusable(Workspace workspace)
    {
        if (workspace.Layers.Count is 0 or > MostLayers)
            throw new ArgumentException($"A workspace has 1 to {MostLayers} layers, not {workspace.Layers.Count}.", nameof(workspace));
        foreach (var layer in workspace.Layers)
        {
            if (!Directory.Exists(layer))
                throw new DirectoryNotFoundException($"The layer '{layer}' is not a directory.");
        }

        ThrowIfUnusable(workspace.MountAt, "MountAt", workspace.Layers[0]);
    }

    private static bool IsAtOrBelow(string path, string folder) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);
}
