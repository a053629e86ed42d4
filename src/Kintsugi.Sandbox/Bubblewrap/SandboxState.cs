using System.Globalization;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>The files on the host that sandboxes of this process need. None is ever writable from inside, but a serving command's own directory.</summary>
internal sealed class SandboxState(Scratch scratch)
{
    private static readonly IReadOnlyDictionary<string, string> Synthetic = new Dictionary<string, string>
    {
        ["passwd"] = "agent:x:1000:1000:agent:/tmp/home:/bin/sh\n",
        ["group"] = "agent:x:1000:\n",
        ["hosts"] = "127.0.0.1 localhost sandbox\n",
        ["resolv.conf"] = "",
        ["nsswitch.conf"] = "passwd: files\ngroup: files\nhosts: files\n",
    };

    private readonly string _stage = scratch.Directory("stage");
    private readonly string _etc = WriteEtc(scratch.Directory("etc"));
    private readonly IReadOnlyList<(string, string?)> _systemLinks = FindSystemLinks();
    private int _serving;

    /// <summary>A new directory that the sandbox's user owns.</summary>
    public string NewServeDirectory()
    {
        var directory = scratch.Directory("serve-" + Interlocked.Increment(ref _serving).ToString(CultureInfo.InvariantCulture));
        SandboxUser.Give(directory);
        return directory;
    }

    public BubblewrapLayout Layout(string? serveDirectory) => new(_stage, _etc, serveDirectory, _systemLinks);

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
