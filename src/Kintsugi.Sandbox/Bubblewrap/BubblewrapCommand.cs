using System.Globalization;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>The chain of programs from the product to the sandboxed command, each replacing the one before.</summary>
internal static class BubblewrapCommand
{
    public const int ReadyDescriptor = 6, ArgumentsDescriptor = 8;

    /// <summary>Most files, directories and links that one run may create: each costs kernel memory that no other limit counts.</summary>
    private const int MostFiles = 50_000;

    /// <summary>
    /// In a user and mount namespace of its own: a sized tmpfs, on it a layer above the tree, then bwrap. The tree is named by "." since
    /// overlay options cannot hold a path with a colon or a comma.
    /// </summary>
    private const string StageScript = """
        s=$1 t=$2 o=$3; shift 3
        mount -t tmpfs -o "$o" stage "$s" && mkdir -p "$s/u" "$s/w" "$s/x" "$s/t/home" && cd "$t" &&
        mount -t overlay stage -o "lowerdir=.,upperdir=$s/u,workdir=$s/w,userxattr" "$s/x" && cd / && exec "$@"
        """;

    /// <summary>
    /// PID 1 inside. Starts the forwarders, says on descriptor 6 that the command is about to start, runs it and passes on its exit code.
    /// The word on descriptor 6 fails when the product is already dead, which closes the gap before bwrap watches its parent.
    /// </summary>
    /// <remarks>
    /// The gateway's forwarder is known to listen from /proc/net/tcp, read by the shell itself: a program started for the purpose would cost
    /// more than the wait, which is a few milliseconds. Descriptor 3 keeps the shell's own remarks ("Killed") out of the command's stderr.
    /// </remarks>
    private const string InitScript = """
        exec 3>&2 2>/dev/null
        listens() { while read -r _ a _ s _; do [ "$a $s" = "0100007F:1F90 0A" ] && return 0; done </proc/net/tcp; return 1; }
        if [ "$1" ]; then
          "$3" TCP-LISTEN:8080,bind=127.0.0.1,reuseaddr,fork,backlog=128 "UNIX-CONNECT:$1" </dev/null >/dev/null 3>&- 6>&- & g=$!
          until listens; do [ -e /proc/$g/exe ] || { echo 'socat does not start; install it.' >&3; exit 125; }; done
        fi
        if [ "$2" ]; then
          "$3" "UNIX-LISTEN:/run/serve/sock,fork,backlog=128" "TCP:127.0.0.1:$2" </dev/null >/dev/null 3>&- 6>&- &
        fi
        shift 3
        echo >&6 || exit 125
        exec 6>&-
        (exec 2>&3 3>&-; exec "$@")
        exit $?
        """;

    /// <param name="dropTo">The user to become first; null when the product does not run as root.</param>
    public static IReadOnlyList<string> For(SandboxRequest request, BubblewrapLayout layout, HostPrograms programs, uint? dropTo)
    {
        var command = new List<string>();
        if (dropTo is { } user)
        {
            var id = Text(user);
            command.AddRange([programs.SetPriv, "--reuid", id, "--regid", id, "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--pdeathsig", "KILL"]);
        }

        command.AddRange([programs.Unshare, "-Urm", "/bin/sh", "-c", StageScript, "stage", layout.Stage, request.Tree]);
        command.Add(FormattableString.Invariant($"size={request.Limits.WorkspaceBytes},nr_inodes={MostFiles},mode=755"));
        command.AddRange([programs.Bubblewrap, "--args", Text(ArgumentsDescriptor), "--", .. Limited(request.Limits, programs)]);
        command.AddRange(["/bin/sh", "-c", InitScript, "init"]);
        command.Add(request.GatewaySocket is null ? "" : BubblewrapArguments.GatewayInside);
        command.Add(request.ServesOn is { } port ? Text(port) : "");
        command.Add(programs.Socat);
        command.AddRange(request.Command);
        return command;
    }

    /// <summary>The words that put the kernel's own limits before a command. The data segment stands for memory: runtimes reserve far more address space than they use.</summary>
    public static IReadOnlyList<string> Limited(SandboxLimits limits, HostPrograms programs) =>
    [
        programs.PrLimit, "--core=0", $"--nproc={Text(limits.Processes)}", "--nofile=1024", $"--fsize={Text(limits.WorkspaceBytes)}",
        $"--data={Text(limits.MemoryBytes)}", "--memlock=65536", "--msgqueue=65536", "--sigpending=1024", "--",
    ];

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
