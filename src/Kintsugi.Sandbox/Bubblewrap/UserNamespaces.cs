namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>Why a host may forbid what bubblewrap is made of, and what to do about it.</summary>
internal static class UserNamespaces
{
    private const string AppArmorSwitch = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
    private const string DebianSwitch = "/proc/sys/kernel/unprivileged_userns_clone";
    private const string Most = "/proc/sys/user/max_user_namespaces";

    /// <summary>What this host's own settings say; where they say nothing, the usual suspects.</summary>
    public static string Remedy() => Remedy(Read(AppArmorSwitch), Read(DebianSwitch), Read(Most), File.Exists("/.dockerenv") || File.Exists("/run/.containerenv"));

    internal static string Remedy(string? appArmor, string? debian, string? most, bool inContainer) => (appArmor, debian, most, inContainer) switch
    {
        ("1", _, _, _) =>
            "AppArmor restricts user namespaces here (Ubuntu 24.04 and later). As root write a profile that allows them to the two programs, for example /etc/apparmor.d/kintsugi with "
            + "`abi <abi/4.0>, include <tunables/global> profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, } profile unshare /usr/bin/unshare flags=(unconfined) { userns, }`, "
            + "then run `apparmor_parser -r /etc/apparmor.d/kintsugi`.",
        (_, "0", _, _) => "This host forbids user namespaces: as root run `sysctl -w kernel.unprivileged_userns_clone=1`.",
        (_, _, "0", _) => "This host allows no user namespaces: as root run `sysctl -w user.max_user_namespaces=10000`.",
        (_, _, _, true) =>
            "This container's runtime forbids user namespaces: start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined` "
            + "(or a profile that allows unshare, clone and mount), or run kintsugi on the host.",
        _ => "This host forbids user namespaces: its security modules' log says which of them does.",
    };

    private static string? Read(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : null;
}
