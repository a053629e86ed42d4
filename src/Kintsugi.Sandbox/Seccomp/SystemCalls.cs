namespace Kintsugi.Sandbox.Seccomp;

/// <summary>A system call by its number on each architecture; null where the architecture has none.</summary>
internal sealed record SystemCall(string Name, uint? X64, uint? Arm64);

/// <summary>The calls that a sandboxed command is refused.</summary>
/// <remarks>
/// A list of what is denied, not of what is allowed: runtimes adopt new calls faster than an allow-list could follow, and namespaces,
/// dropped capabilities and no_new_privs stand behind it. It narrows the kernel's surface; it does not stop a bug in an allowed call.
/// </remarks>
internal static class SystemCalls
{
    /// <summary>EPERM, ENOSYS, EAFNOSUPPORT.</summary>
    public const uint NotPermitted = 1, NotImplemented = 38, NoSuchFamily = 97;

    /// <summary>CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: a clone with any of them is refused.</summary>
    public const uint NewNamespaces = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;

    /// <summary>TIOCSTI and TIOCLINUX, refused to ioctl.</summary>
    public const uint PushCharacter = 0x5412, ConsoleControl = 0x541C;

    /// <summary>The only families of sockets there are, and of these no raw ones.</summary>
    public const uint FamilyUnix = 1, FamilyInternet = 2, FamilyInternet6 = 10, TypeMask = 0xf, TypeRaw = 3;

    /// <summary>Kinds of nodes that cannot be made.</summary>
    public const uint FileTypeMask = 0xF000, CharacterDevice = 0x2000, BlockDevice = 0x6000;

    /// <summary>Answered with EPERM: reaching into other processes, namespaces, mounts, kernel and clock.</summary>
    public static readonly IReadOnlyList<SystemCall> Forbidden =
    [
        new("ptrace", 101, 117), new("process_vm_readv", 310, 270), new("process_vm_writev", 311, 271), new("kcmp", 312, 272),
        new("pidfd_getfd", 438, 438), new("keyctl", 250, 219), new("add_key", 248, 217), new("request_key", 249, 218),
        new("bpf", 321, 280), new("perf_event_open", 298, 241), new("userfaultfd", 323, 282),
        new("mount", 165, 40), new("umount2", 166, 39), new("pivot_root", 155, 41), new("chroot", 161, 51),
        new("setns", 308, 268), new("unshare", 272, 97),
        new("swapon", 167, 224), new("swapoff", 168, 225), new("reboot", 169, 142),
        new("kexec_load", 246, 104), new("kexec_file_load", 320, 294),
        new("init_module", 175, 105), new("finit_module", 313, 273), new("delete_module", 176, 106),
        new("acct", 163, 89), new("quotactl", 179, 60), new("quotactl_fd", 443, 443), new("syslog", 103, 116),
        new("settimeofday", 164, 170), new("clock_settime", 227, 112), new("adjtimex", 159, 171), new("clock_adjtime", 305, 266),
        new("sethostname", 170, 161), new("setdomainname", 171, 162), new("iopl", 172, null), new("ioperm", 173, null),
        new("name_to_handle_at", 303, 264), new("open_by_handle_at", 304, 265),
        new("mbind", 237, 235), new("set_mempolicy", 238, 237), new("get_mempolicy", 239, 236), new("migrate_pages", 256, 238),
        new("move_pages", 279, 239), new("set_mempolicy_home_node", 450, 450),
        new("vmsplice", 278, 75), new("fanotify_init", 300, 262), new("fanotify_mark", 301, 263),
        new("modify_ldt", 154, null), new("lookup_dcookie", 212, 18), new("vhangup", 153, 58), new("nfsservctl", 180, 42),
        new("uselib", 134, null),
    ];

    /// <summary>Answered with ENOSYS, so that libc falls back: calls whose arguments a filter cannot see, and the new mount interface.</summary>
    public static readonly IReadOnlyList<SystemCall> Absent =
    [
        new("clone3", 435, 435), new("open_tree", 428, 428), new("move_mount", 429, 429), new("fsopen", 430, 430),
        new("fsconfig", 431, 431), new("fsmount", 432, 432), new("fspick", 433, 433), new("mount_setattr", 442, 442),
        new("io_uring_setup", 425, 425), new("io_uring_enter", 426, 426), new("io_uring_register", 427, 427),
    ];

    public static readonly SystemCall Clone = new("clone", 56, 220);
    public static readonly SystemCall Ioctl = new("ioctl", 16, 29);
    public static readonly SystemCall Socket = new("socket", 41, 198);
    public static readonly SystemCall SocketPair = new("socketpair", 53, 199);
    public static readonly SystemCall MakeNode = new("mknod", 133, null);
    public static readonly SystemCall MakeNodeAt = new("mknodat", 259, 33);
}
