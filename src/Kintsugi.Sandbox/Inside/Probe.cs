using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Inside;

/// <summary>Looks whether a sandbox holds, by what it does and not by its version: distributions backport, kernels are configured.</summary>
internal static class Probe
{
    private const string Bait = "KINTSUGI_BAIT";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// $1 bait file, $2 bait port, $3 what the bait variable holds, $4 the init. Prints a line for everything that does not hold, and `done` at the end.
    /// /proc/sys is opened, never written: what it says of itself is what a write would meet.
    /// </summary>
    private const string Script = """
        [ -e "$1" ] && echo "a file of the host is visible"
        cat /proc/[0-9]*/environ 2>/dev/null | grep -q "$3" && echo "the host's environment is visible"
        "$4" reach "$2" && echo "the host's loopback is reachable"
        for f in /proc/self/fd/*; do case $f in */0|*/1|*/2) ;; *) [ -e "$f" ] && echo "descriptor ${f##*/} of the host is open"; esac; done
        { true >>/proc/sys/kernel/core_pattern; } 2>/dev/null && echo "/proc/sys is writable"
        { echo >/usr/kintsugi-probe; } 2>/dev/null && echo "/usr is writable"
        { echo >/kintsugi-probe; } 2>/dev/null && echo "/ is writable"
        { echo changed >tracked; } 2>/dev/null || echo "the workspace is not writable inside"
        [ -e hidden ] && echo "what a layer hides is visible"
        [ "$(cat trusted)" = pristine ] || echo "the topmost layer is not on top"
        { echo >/oldroot/kintsugi-probe; } 2>/dev/null && echo "the host's root is reachable"
        { true >>/proc/1/mem; } 2>/dev/null && echo "the memory of PID 1 is open"
        while read -r k v; do case "$k $v" in
          "Seccomp: 2"|"NoNewPrivs: 1"|"CapEff: 0000000000000000"|"CapBnd: 0000000000000000") held="$held $k";;
        esac; done </proc/self/status
        [ "$held" = " CapEff: CapBnd: NoNewPrivs: Seccomp:" ] || echo "system call filter or privileges are not as asked:$held"
        "$4" refused
        unshare -U true 2>/dev/null && echo "nested user namespaces are allowed"
        echo done
        """;

    /// <exception cref="SandboxUnavailableException">Something does not hold, or the sandbox does not start.</exception>
    public static async Task RunAsync(InitSandbox sandbox, Scratch scratch)
    {
        var secret = Guid.NewGuid().ToString("N");
        var layers = LayOut(scratch.Directory("probe"));
        var bait = Path.Combine(scratch.Path, "bait");
        await File.WriteAllTextAsync(bait, secret);
        File.SetUnixFileMode(bait, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        // A descriptor that this process could have inherited from whatever started it.
        using var open = File.OpenHandle(bait);
        using var inheritable = new SafeFileHandle(LibC.Control((int)open.DangerousGetHandle(), 0, 50), ownsHandle: true);

        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        using var limit = new CancellationTokenSource(Limit);
        var request = new SandboxRequest
        {
            Command = ["/bin/sh", "-c", Script, "probe", bait, port, secret, InitArguments.Path],
            Workspace = new Workspace(layers, "/srv/kintsugi-probe"),
            Limits = new SandboxLimits(Limit),
        };
        await using var process = await sandbox.StartAsync(request, [$"{Bait}={secret}"], limit.Token);
        using var reader = new StreamReader(process.StandardOutput, Encoding.UTF8);
        var said = await reader.ReadToEndAsync(limit.Token);
        var broken = said.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        if (!broken.Remove("done"))
            broken.Add($"the probe did not come to its end ({await process.Exited}, {(await new StreamReader(process.StandardError).ReadToEndAsync(limit.Token)).Trim()})");
        if (await File.ReadAllTextAsync(Path.Combine(layers[0], "tracked"), limit.Token) != "original")
            broken.Add("what the command writes reaches the host");
        if (broken.Count > 0)
            throw new SandboxUnavailableException(sandbox.Isolation.Tier, $"It does not hold on this host: {string.Join("; ", broken)}. Update {sandbox.Program} and the kernel, or use another host.");
    }

    /// <summary>A base layer, one that hides a file of it and plants a link, and one that must lie above the link.</summary>
    private static List<string> LayOut(string directory)
    {
        List<string> layers = [.. ((string[])["base", "patch", "trusted"]).Select(name => Path.Combine(directory, name))];
        foreach (var layer in layers)
            Directory.CreateDirectory(layer, Scratch.Readable);
        File.WriteAllText(Path.Combine(layers[0], "tracked"), "original");
        File.WriteAllText(Path.Combine(layers[0], "hidden"), "");
        Whiteouts.Make(Path.Combine(layers[1], "hidden"));
        File.CreateSymbolicLink(Path.Combine(layers[1], "trusted"), "/oldroot/etc/hostname");
        File.WriteAllText(Path.Combine(layers[2], "trusted"), "pristine");
        foreach (var path in layers.SelectMany(Directory.EnumerateFileSystemEntries).Concat(layers))
            SandboxUser.Give(path);
        return layers;
    }
}
