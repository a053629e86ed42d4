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

    /// <exception cref="SandboxUnavailableException">This build of the product has no init.</exception>
    public static BubblewrapLayout LayOut(Scratch scratch) =>
        new(scratch.Directory("stage"), WriteEtc(scratch.Directory("etc")), InitProgram.CopyTo(scratch.Directory("init"), BubblewrapSandbox.UnlimitedTier), FindSystemLinks());

    private static string WriteEtc(string directory)
    {
        foreach (var (name, content) in Synthetic)
        {
            var path = Path.Combine(directory, name);
            File.WriteAllText(path, content);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        return directory;
    }

    private static List<(string, string?)> FindSystemLinks() =>
        [.. from path in (string[])["/bin", "/sbin", "/lib", "/lib32", "/lib64"]
            let directory = new DirectoryInfo(path)
            where directory.Exists
            select (path, directory.LinkTarget)];
}
