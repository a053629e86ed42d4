using System.Runtime.InteropServices;
using System.Text;

namespace Kintsugi.Init;

/// <summary>What a container's usual filter lets through and ours does not, tried with harmless arguments.</summary>
internal static unsafe class Refusals
{
    private const int Netlink = 16, VirtualSockets = 40, NewUser = 0x10000000;

    /// <summary>Prints a line for everything that is not refused.</summary>
    /// <returns>0.</returns>
    public static int Run()
    {
        var x64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        Report(LibC.Socket(VirtualSockets, LibC.Stream, 0) >= 0, "sockets to the hypervisor are allowed");
        Report(LibC.Socket(Netlink, LibC.Datagram, 0) >= 0, "netlink sockets are allowed");
        Report(LibC.SystemCall(x64 ? 101 : 117, null, null, 0) == 0, "ptrace is allowed"); // PTRACE_TRACEME
        Report(LibC.SystemCall(x64 ? 272 : 97, (void*)NewUser, null, 0) == 0, "unshare is allowed");
        return 0;
    }

    private static void Report(bool allowed, string words)
    {
        if (!allowed)
            return;
        var bytes = Encoding.UTF8.GetBytes(words + "\n");
        fixed (byte* start = bytes)
            _ = LibC.Write(1, start, (nuint)bytes.Length);
    }
}
