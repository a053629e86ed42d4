namespace Kintsugi.Init;

/// <summary>The root of a container, and a /run on which podman and the runtime keep their state: both are gone with this mount namespace, whatever ended it.</summary>
internal static class Skeleton
{
    /// <param name="skeleton">Directory of all that is in the root but for mount points, which the runtime adds; its owner is the container's root.</param>
    public static int Mount(string skeleton)
    {
        if (LibC.Mount("state", "/run", "tmpfs", 0, "size=67108864,mode=755") < 0)
            return Say.FailLast("a tmpfs on /run");
        foreach (var directory in (ReadOnlySpan<string>)["/run/upper", "/run/work", InitProtocol.ContainerRoot])
        {
            if (LibC.MakeDirectory(directory, 0b111_101_101) < 0)
                return Say.FailLast(directory);
        }

        if (LibC.ChangeOwner("/run/upper", InitProtocol.ContainerRootUser, InitProtocol.ContainerRootUser) < 0)
            return Say.FailLast("/run/upper");
        return LibC.Mount("state", InitProtocol.ContainerRoot, "overlay", 0, $"lowerdir={skeleton},upperdir=/run/upper,workdir=/run/work") < 0
            ? Say.FailLast("an overlay of the container's root")
            : 0;
    }
}
