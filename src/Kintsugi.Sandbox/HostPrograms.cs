namespace Kintsugi.Sandbox;

/// <summary>Absolute paths of the programs that a sandbox is built from, found once.</summary>
internal sealed record HostPrograms(string Bubblewrap, string Unshare, string SetPriv)
{
    private static readonly string[] Folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

    /// <summary>The folders in which host programs are looked for: the system's, never the caller's PATH, which a checkout may have changed.</summary>
    public static string SearchPath => string.Join(':', Folders);

    /// <returns>Null when no system folder holds it.</returns>
    public static string? Find(string name) =>
        Folders.Select(folder => $"{folder}/{name}").FirstOrDefault(File.Exists);

    /// <exception cref="SandboxUnavailableException">One is not installed.</exception>
    public static HostPrograms FindAll(string tier) =>
        new(Need("bwrap", "bubblewrap", tier), Need("unshare", "util-linux", tier), Need("setpriv", "util-linux", tier));

    /// <exception cref="SandboxUnavailableException">No system folder holds it.</exception>
    public static string Need(string name, string package, string tier) =>
        Find(name) ?? throw new SandboxUnavailableException(
            tier, $"'{name}' is not installed: run `apt-get install {package}` (or your system's equivalent), or pass --allow-unsandboxed for code you trust.");
}
