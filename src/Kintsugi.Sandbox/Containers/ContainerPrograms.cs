using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox.Containers;

/// <summary>Absolute paths of the programs that a container is made with.</summary>
internal sealed record ContainerPrograms(string Podman, string Runtime, string Unshare, string SetPriv)
{
    /// <exception cref="SandboxUnavailableException">One is not installed, or this user cannot use them.</exception>
    public static ContainerPrograms FindAll()
    {
        const string tier = ContainerSandbox.Tier;
        var podman = HostPrograms.Find("podman") ?? throw new SandboxUnavailableException(
            tier, "'podman' is not installed: run `apt-get install podman runc` (or your system's equivalent). docker is not offered: it starts nothing without an image.");
        if (LibC.EffectiveUser() != 0)
            throw new SandboxUnavailableException(tier, "It needs root, which stays outside of the container: run kintsugi as root, or install bubblewrap, which needs none, and use tier auto.");

        // crun refuses hosts that mount both versions of cgroups.
        var runtime = HostPrograms.Find("runc") ?? HostPrograms.Need("crun", "runc", tier);
        return new ContainerPrograms(podman, runtime, HostPrograms.Need("unshare", "util-linux", tier), HostPrograms.Need("setpriv", "util-linux", tier));
    }
}
