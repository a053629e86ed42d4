namespace Kintsugi.Init;

/// <summary>What PID 1 of a sandbox and the product say to each other over a pair of SOCK_SEQPACKET sockets: one byte that says what, then its data.</summary>
/// <remarks>The product takes every message for a stranger's: the command inside could have taken PID 1 over.</remarks>
internal static class InitProtocol
{
    /// <summary>The descriptor under which PID 1 finds its end.</summary>
    public const int ControlDescriptor = 5;

    /// <summary>Descriptors from here on, if open, are `cgroup.procs` files to join, one for each of the two controllers at most.</summary>
    public const int FirstCgroupDescriptor = ControlDescriptor + 1, MostCgroups = 2;

    /// <summary>Where the stage puts a container's root.</summary>
    public const string ContainerRoot = "/run/root";

    /// <summary>The user that root of a container is outside: nobody, who owns nothing and as whom nothing else runs.</summary>
    public const uint ContainerRootUser = 2_147_483_000;

    public const int LongestMessage = 16;

    /// <summary>Beside a directory that keeps a layer, under its name and this, lies overlayfs's own.</summary>
    public const string WorkSuffix = ".work";

    /// <summary>PID 1: carries the TCP socket that listens on the gateway's port.</summary>
    public const byte Listening = (byte)'L';

    /// <summary>PID 1: carries the UDP socket to which names to be resolved are sent.</summary>
    public const byte Resolving = (byte)'D';

    /// <summary>PID 1: the command starts now.</summary>
    public const byte Ready = (byte)'R';

    /// <summary>PID 1: carries a connection to the port asked for; without one, nothing listens there.</summary>
    public const byte Connected = (byte)'C';

    /// <summary>PID 1: the command has ended. Exit code (int32, little-endian; 128 + n for signal n), then what was full at the end (<see cref="DiskFull"/>, <see cref="InodesUsedUp"/>).</summary>
    public const byte Ended = (byte)'X';

    public const byte DiskFull = 1, InodesUsedUp = 2;

    /// <summary>Product: connect to a port (uint16, little-endian) of the sandbox's loopback.</summary>
    public const byte Connect = (byte)'c';

    /// <summary>Product: pass a signal (one byte) on to the command.</summary>
    public const byte Signal = (byte)'s';
}
