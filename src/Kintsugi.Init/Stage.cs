using System.Globalization;

namespace Kintsugi.Init;

/// <summary>
/// The step before bwrap or podman, in mount and network namespaces of its own: joins the cgroups, mounts a sized tmpfs, on it a layer for writes above
/// the workspace's layers, opens the sockets by which the command will reach the product, and becomes the next program.
/// </summary>
/// <remarks>
/// Arguments: options as `name=value`, then `--`, then the next program. `stage` is an empty directory to mount on, `size` and `files` bound what is
/// written, `keep` is a directory that keeps the writes to the workspace (beside it lies overlayfs's own, NAME.work), each `layer` is one directory, the highest first, `gateway` and `resolver`
/// are ports, `join` joins the cgroups, `owner` is the user that what is written belongs to, `skeleton` is what else a container's root holds.
/// For bwrap the network is made here and not by bwrap, so that nobody inside has a capability over it, and so that port 53 can be had.
/// </remarks>
internal static class Stage
{
    public static int Run(ReadOnlySpan<string> arguments)
    {
        string stage = "", size = "", files = "", keep = "", lower = "", skeleton = "";
        uint owner = 0;
        if (!Loopback.Up())
            return Say.FailLast("bringing up the loopback");
        var at = 0;
        for (; at < arguments.Length && arguments[at] != "--"; at++)
        {
            var (name, value) = Option.Of(arguments[at]);
            switch (name)
            {
                case "stage": stage = value; break;
                case "size": size = value; break;
                case "files": files = value; break;
                case "keep": keep = value; break;
                case "skeleton": skeleton = value; break;
                case "owner": owner = uint.Parse(value, CultureInfo.InvariantCulture); break;
                case "join":
                    if (Cgroups.Join() is var joined and not 0)
                        return joined;
                    break;
                case "layer":
                    if (Layer(value) is not { } layer)
                        return Say.FailLast($"can't open {value}");
                    lower += lower.Length > 0 ? ":" + layer : layer;
                    break;
                default:
                    if (Handover.Apply(name, value) is var applied and not 0)
                        return applied;
                    break;
            }
        }

        if (Mount(stage, $"size={size},nr_inodes={files},mode=755", lower, keep, owner) is var mounted and not 0)
            return mounted;
        if (skeleton.Length > 0 && Skeleton.Mount(skeleton) is var laid and not 0)
            return laid;
        return Become(arguments[(at + 1)..]);
    }

    /// <summary>A layer is named by a descriptor: overlay options cannot hold a path with a colon or a comma, and the sandbox's mount table shows no path of the host.</summary>
    private static string? Layer(string directory)
    {
        var descriptor = LibC.Open(directory, LibC.PathOnly | LibC.CloseOnExec);
        return descriptor < 0 ? null : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}");
    }

    private static int Mount(string stage, string bounds, string lower, string keep, uint owner)
    {
        var (upper, work) = keep.Length > 0 ? (Layer(keep), Layer(keep + InitProtocol.WorkSuffix)) : ($"{stage}/u", $"{stage}/w");
        if (upper is null || work is null)
            return Say.FailLast($"can't open {keep}");
        if (LibC.Mount("stage", stage, "tmpfs", 0, bounds) < 0)
            return Say.FailLast($"a tmpfs on {stage}");
        foreach (var directory in (ReadOnlySpan<string>)["u", "w", "x", "t", "t/home"])
        {
            if (LibC.MakeDirectory($"{stage}/{directory}", 0b111_101_101) < 0 || LibC.ChangeOwner($"{stage}/{directory}", owner, owner) < 0)
                return Say.FailLast($"{stage}/{directory}");
        }

        return lower.Length > 0 && LibC.Mount("stage", $"{stage}/x", "overlay", 0, $"lowerdir={lower},upperdir={upper},workdir={work},userxattr") < 0
            ? Say.FailLast("an overlay of the workspace's layers")
            : 0;
    }

    private static unsafe int Become(ReadOnlySpan<string> program)
    {
        _ = LibC.Execute(program[0], Strings.Of(program));
        return Say.FailLast(program[0]);
    }
}
