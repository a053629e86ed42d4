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

    /// <summary>What TLS and some programs need, shown as it lies on the host; not every host has all of it.</summary>
    public static IReadOnlyList<string> FromEtc { get; } = ["/etc/alternatives", "/etc/ssl/certs"];

    /// <summary>Of the host's /etc, what the loader and clocks read, as it is when the product starts.</summary>
    private static readonly string[] Copied = ["ld.so.cache", "localtime"];

    /// <summary>Where bubblewrap shows the directory with all these.</summary>
    public const string EtcInside = "/run/kintsugi-etc";

    /// <returns>The names of the files.</returns>
    public static IReadOnlyList<string> WriteEtc(string directory)
    {
        foreach (var (name, content) in Synthetic)
            File.WriteAllText(Path.Combine(directory, name), content);
        foreach (var name in Copied.Where(name => File.Exists($"/etc/{name}")))
            File.Copy($"/etc/{name}", Path.Combine(directory, name));
        foreach (var file in Directory.EnumerateFiles(directory))
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return [.. Directory.EnumerateFiles(directory).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
    }

    /// <summary>The host's top-level system directories beside /usr; a null target is a directory of its own.</summary>
    public static IReadOnlyList<(string Path, string? Target)> FindLinks() =>
        [.. from path in (string[])["/bin", "/sbin", "/lib", "/lib32", "/lib64"]
            let directory = new DirectoryInfo(path)
            where directory.Exists
            select (path, directory.LinkTarget)];
}
