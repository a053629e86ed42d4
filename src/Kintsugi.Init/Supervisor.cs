using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Kintsugi.Init;

/// <summary>
/// PID 1 of a sandbox: limits itself and what it starts, starts the command, reaps what the command leaves behind, and says how the command ended.
/// </summary>
/// <remarks>
/// Arguments: options as `name=value`, then `--`, then the command. `NUMBER=MOST` sets a resource limit, `serve` answers requests to connect;
/// where the stage was not in the sandbox's network and cgroups, `gateway`, `resolver` and `join` as there. It is not dumpable: the command, though of the same user, can neither read nor write
/// its memory, and so never gets the control socket.
/// </remarks>
internal static unsafe class Supervisor
{
    private const int Control = InitProtocol.ControlDescriptor;
    private const int ProcessorTime = 0;
    private const int NotFound = 127, CannotRun = 126;
    private const short SpawnFlags = 4 | 8; // POSIX_SPAWN_SETSIGDEF | SETSIGMASK: whatever was ignored or blocked out here is not inside
    private const int OpaqueBytes = 512; // larger than any libc's posix_spawnattr_t and sigset_t
    private const long CloseRange = 436;
    private const ulong MarkCloseOnExec = 4;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        _ = LibC.Control(LibC.SetDumpable, 0, 0, 0, 0);
        _ = LibC.SystemCall(CloseRange, (void*)3, (void*)uint.MaxValue, MarkCloseOnExec);
        var serves = false;
        var at = 0;
        for (; at < arguments.Length && arguments[at] != "--"; at++)
        {
            var (name, value) = Option.Of(arguments[at]);
            if (name == "serve")
                serves = true;
            else if (Apply(name, value) is var applied and not 0)
                return applied;
        }

        if (at + 1 >= arguments.Length)
            return Say.Fail("no command.");
        if (!DescriptorMessages.Send(Control, [InitProtocol.Ready]))
            return Say.Broken; // nobody is there any more to start anything for
        return Supervise(arguments[(at + 1)..], serves);
    }

    private static int Apply(string name, string value) => name == "join"
        ? Cgroups.Join()
        : int.TryParse(name, CultureInfo.InvariantCulture, out var resource) && ulong.TryParse(value, CultureInfo.InvariantCulture, out var most)
            ? Limit(resource, most)
            : Handover.Apply(name, value);

    private static int Limit(int resource, ulong most)
    {
        // Of processor time the hard limit kills without a word, so it comes a second after the one whose signal can be told.
        var limits = stackalloc ulong[2] { most, resource == ProcessorTime ? most + 1 : most };
        return LibC.SetLimit(resource, limits) < 0 ? Say.FailLast(string.Create(CultureInfo.InvariantCulture, $"limit {resource}")) : 0;
    }

    private static int Supervise(ReadOnlySpan<string> command, bool serves)
    {
        var error = Spawn(command, out var child);
        if (error != 0)
        {
            _ = Say.Fail($"{command[0]}: {Marshal.GetPInvokeErrorMessage(error)}");
            return End(error == LibC.NoEntry ? NotFound : CannotRun);
        }

        if (serves)
            new Thread(() => Requests.Answer(child), maxStackSize: 128 * 1024) { IsBackground = true }.Start();
        return End(Reap(child));
    }

    private static int Spawn(ReadOnlySpan<string> command, out int child)
    {
        byte* attributes = stackalloc byte[OpaqueBytes], signals = stackalloc byte[OpaqueBytes];
        _ = LibC.InitialiseAttributes(attributes);
        _ = LibC.SetFlags(attributes, SpawnFlags);
        _ = LibC.EmptySignals(signals);
        _ = LibC.SetSignalMask(attributes, signals);
        _ = LibC.FillSignals(signals);
        _ = LibC.SetDefaultSignals(attributes, signals);
        var environment = *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");
        int started;
        var error = LibC.Spawn(&started, command[0], null, attributes, Strings.Of(command), environment);
        child = started;
        return error;
    }

    private static int Reap(int child)
    {
        while (true)
        {
            int status;
            var ended = LibC.Wait(-1, &status, 0);
            if (ended == child)
                return (status & 0x7f) is var signal and not 0 ? 128 + signal : (status >> 8) & 0xff;
            if (ended < 0 && Marshal.GetLastPInvokeError() != LibC.Interrupted)
                return Say.FailLast("waiting for the command");
        }
    }

    private static int End(int code)
    {
        const int scratchFields = 16; // `struct statfs` is 120 bytes: type, block size, blocks, free, available, files, free files, …
        var status = stackalloc ulong[scratchFields];
        byte full = 0;
        if (LibC.FileSystem("/tmp", status) == 0)
            full = (byte)((status[4] == 0 ? InitProtocol.DiskFull : 0) | (status[6] == 0 ? InitProtocol.InodesUsedUp : 0));

        Span<byte> message = [InitProtocol.Ended, 0, 0, 0, 0, full];
        BinaryPrimitives.WriteInt32LittleEndian(message[1..], code);
        _ = DescriptorMessages.Send(Control, message);
        return code;
    }
}
