using System.Globalization;
using Kintsugi.Sandbox.Inside;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>The chain of programs from the product to PID 1 of the sandbox, each replacing the one before.</summary>
internal static class BubblewrapCommand
{
    public const int ArgumentsDescriptor = 8;

    /// <param name="dropTo">The user to become first; null when the product does not run as root.</param>
    public static IReadOnlyList<string> For(SandboxRequest request, BubblewrapLayout layout, HostPrograms programs, uint? dropTo)
    {
        var command = new List<string>();
        if (dropTo is { } user)
        {
            var id = Text(user);
            command.AddRange([programs.SetPriv, "--reuid", id, "--regid", id, "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--pdeathsig", "KILL"]);
        }

        // bwrap 0.8 knows no overlay, so the stage mounts it, for which it needs to be root in namespaces of its own.
        command.AddRange([programs.Unshare, "--user", "--map-root-user", "--mount", "--net"]);
        command.AddRange([.. StageArguments.For(request, layout.Init, layout.Stage), "join", .. InitArguments.Sockets(request), "--"]);
        command.AddRange([programs.Bubblewrap, "--args", Text(ArgumentsDescriptor), "--", .. InitArguments.For(request)]);
        return command;
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
