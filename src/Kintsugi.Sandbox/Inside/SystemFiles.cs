namespace Kintsugi.Sandbox.Inside;

/// <summary>What of the host's system a sandbox shows beside /usr, and what it shows instead.</summary>
internal static class SystemFiles
{
    private static readonly IReadOnlyDictionary<string, string> Synthetic = new Dictionary<string, string>
    {
        ["passwd"] = "agent:x:1000:1000:agent:/tmp/home:/bin/sh\n",
        ["group"] = "agent:x:1000:\n",
        ["hosts"] = "127.0.0.1 localhost sandbox\n",
        ["resolv.conf"] = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", // knows no host, but says so at once, and tells which was asked for
        ["nsswitch.conf"] = "passwd: files\ngroup: files\nhosts: files dns\n",
    };

    /// <summary>What loaders, TLS and time zones need; not every host has all of it.</summary>
    public static IReadOnlyList<string> FromEtc { get; } = ["/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl/certs", "/etc/localtime"];

    /// <summary>Names of the files that <see cref="WriteEtc"/> writes.</summary>
    public static IReadOnlyList<string> SyntheticNames { get; } = ["passwd", "group", "hosts", "resolv.conf", "nsswitch.conf"];

    /// <returns>The directory.</returns>
    public static string WriteEtc(string directory)
    {
        foreach (var (name, content) in Synthetic)
        {
            var path = Path.Combine(directory, name);
            File.WriteAllText(path, content);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        return directory;
    }

    /// <summary>The host's top-level system directories beside /usr; a null target is a directory of its own.</summary>
    public static IReadOnlyList<(string Path, string? Target)> FindLinks() =>
        [.. from path in (string[])["/bin", "/sbin", "/lib", "/lib32", "/lib64"]
            let directory = new DirectoryInfo(path)
            where directory.Exists
            select (path, directory.LinkTarget)];
}
