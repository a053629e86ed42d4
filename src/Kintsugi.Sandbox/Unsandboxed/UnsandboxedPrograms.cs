using System.Globalization;

namespace Kintsugi.Sandbox.Unsandboxed;

/// <summary>The command lines of tier E.</summary>
/// <param name="DropTo">The user to become first; null when the product does not run as root.</param>
internal sealed record UnsandboxedPrograms(string SetPriv, string PrLimit, string Env, string Cp, uint? DropTo)
{
    /// <param name="here">Turns a path inside into the one on this host.</param>
    public IReadOnlyList<string> Run(SandboxRequest request, string directory, Func<string, string> here)
    {
        var limits = request.Limits;
        return
        [
            .. AsUser(), PrLimit, "--core=0", "--nofile=1024", $"--fsize={Text(limits.WorkspaceBytes)}", $"--data={Text(limits.MemoryBytes)}", "--",
            Env, "-C", directory, "--", .. request.Command.Select(here),
        ];
    }

    /// <summary>Copies a file, or what a directory holds; links stay links, and no clock or owner is kept.</summary>
    public IReadOnlyList<string> Copy(string from, string to) =>
        [.. AsUser(), Cp, "-R", "-P", "--preserve=mode,links", "--", Directory.Exists(from) ? from.TrimEnd('/') + "/." : from, to];

    private IEnumerable<string> AsUser() => DropTo is { } user
        ? [SetPriv, "--reuid", Text(user), "--regid", Text(user), "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--pdeathsig", "KILL", "--"]
        : [SetPriv, "--no-new-privs", "--pdeathsig", "KILL", "--"];

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
