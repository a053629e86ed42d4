using Kintsugi.Sandbox.Inside;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>The files on the host that sandboxes of this process need. None is ever writable from inside.</summary>
internal static class SandboxState
{
    private static readonly IReadOnlyDictionary<string, string> Synthetic = new Dictionary<string, string>
    {
        ["passwd"] = "agent:x:1000:1000:agent:/tmp/home:/bin/sh\n",
        ["group"] = "agent:x:1000:\n",
        ["hosts"] = "127.0.0.1 localhost sandbox\n",
        ["resolv.conf"] = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", // knows no host, but says so at once, and tells which was asked for
        ["nsswitch.conf"] = "passwd: files\ngroup: files\nhosts: files dns\n",
    };

    /// <summary>Of the host's /etc, what the loader and clocks read, as it is when the product starts.</summary>
    private static readonly string[] Copied = ["ld.so.cache", "localtime"];

    /// <summary>Where the directory with all these lies inside.</summary>
    public const string EtcInside = "/run/kintsugi-etc";

    /// <exception cref="SandboxUnavailableException">This build of the product has no init.</exception>
    public static BubblewrapLayout LayOut(Scratch scratch)
    {
        var etc = scratch.Directory("etc");
        return new BubblewrapLayout(
            scratch.Directory("stage"), etc, WriteEtc(etc), InitProgram.CopyTo(scratch.Directory("init"), BubblewrapSandbox.UnlimitedTier), FindSystemLinks());
    }

    /// <returns>The names of the files.</returns>
    private static List<string> WriteEtc(string directory)
    {
        foreach (var (name, content) in Synthetic)
            File.WriteAllText(Path.Combine(directory, name), content);
        foreach (var name in Copied.Where(name => File.Exists($"/etc/{name}")))
            File.Copy($"/etc/{name}", Path.Combine(directory, name));
        foreach (var file in Directory.EnumerateFiles(directory))
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return [.. Directory.EnumerateFiles(directory).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
    }

    private static List<(string, string?)> FindSystemLinks() =>
        [.. from path in (string[])["/bin", "/sbin", "/lib", "/lib32", "/lib64"]
            let directory = new DirectoryInfo(path)
            where directory.Exists
            select (path, directory.LinkTarget)];
}
