using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>Looks whether a sandbox holds, by what it does and not by its version: distributions backport, kernels are configured.</summary>
internal static class Probe
{
    private const string Bait = "KINTSUGI_BAIT";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>$1 bait file, $2 bait port, $3 what the bait variable holds. Prints a line for everything that does not hold, and `done` at the end.</summary>
    private const string Script = """
        [ -e "$1" ] && echo "a file of the host is visible"
        cat /proc/[0-9]*/environ 2>/dev/null | grep -q "$3" && echo "the host's environment is visible"
        socat -u /dev/null "TCP:127.0.0.1:$2,connect-timeout=1" 2>/dev/null && echo "the host's loopback is reachable"
        for f in /proc/self/fd/*; do case $f in */0|*/1|*/2) ;; *) [ -e "$f" ] && echo "descriptor ${f##*/} of the host is open"; esac; done
        [ -w /proc/sys/kernel/core_pattern ] && echo "/proc/sys is writable"
        { echo >/usr/kintsugi-probe; } 2>/dev/null && echo "/usr is writable"
        { echo >/kintsugi-probe; } 2>/dev/null && echo "/ is writable"
        { echo changed >tracked; } 2>/dev/null || echo "the tree is not writable inside"
        while read -r k v; do case "$k $v" in
          "Seccomp: 2"|"NoNewPrivs: 1"|"CapEff: 0000000000000000") held="$held $k";;
        esac; done </proc/self/status
        [ "$held" = " CapEff: NoNewPrivs: Seccomp:" ] || echo "system call filter or privileges are not as asked:$held"
        unshare -U true 2>/dev/null && echo "nested user namespaces are allowed"
        echo done
        """;

    /// <exception cref="SandboxUnavailableException">Something does not hold, or the sandbox does not start.</exception>
    public static async Task RunAsync(BubblewrapSandbox sandbox, Scratch scratch)
    {
        var secret = Guid.NewGuid().ToString("N");
        var tree = scratch.Directory("probe");
        SandboxUser.Give(tree);
        var tracked = Path.Combine(tree, "tracked");
        await File.WriteAllTextAsync(tracked, "original");
        SandboxUser.Give(tracked);
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
            Command = ["/bin/sh", "-c", Script, "probe", bait, port, secret],
            Tree = tree,
            MountAt = "/srv/kintsugi-probe",
            Limits = new SandboxLimits(Limit),
        };
        await using var process = await sandbox.StartAsync(request, [$"{Bait}={secret}"], limit.Token);
        using var reader = new StreamReader(process.StandardOutput, Encoding.UTF8);
        var said = await reader.ReadToEndAsync(limit.Token);
        var broken = said.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        if (!broken.Remove("done"))
            broken.Add($"the probe did not come to its end ({await process.Exited}, {(await new StreamReader(process.StandardError).ReadToEndAsync(limit.Token)).Trim()})");
        if (await File.ReadAllTextAsync(tracked) != "original")
            broken.Add("what the command writes reaches the host");
        if (broken.Count > 0)
            throw new SandboxUnavailableException(BubblewrapSandbox.Tier, $"It does not hold on this host: {string.Join("; ", broken)}. Update bubblewrap and the kernel, or use another host.");
    }
}
