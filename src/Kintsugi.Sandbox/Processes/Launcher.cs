using System.Collections.Concurrent;
using System.ComponentModel;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Processes;

/// <summary>Starts every program of the product, from one thread that never ends.</summary>
/// <remarks>
/// A program that asks to die with its parent (bwrap, setpriv) dies with the parent <em>thread</em>, so a thread-pool thread must not start
/// it. posix_spawn rather than System.Diagnostics.Process: it hands over chosen descriptors, and everything else open here stays here.
/// </remarks>
internal static class Launcher
{
    /// <summary>POSIX_SPAWN_SETPGROUP | SETSIGDEF | SETSIGMASK: a process group of its own, no ignored and no blocked signal.</summary>
    private const short SpawnFlags = 2 | 4 | 8;

    /// <summary>CLOSE_RANGE_CLOEXEC.</summary>
    private const ulong MarkCloseOnExec = 4;

    /// <summary>Larger than any libc's posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t.</summary>
    private const int OpaqueBytes = 512;

    /// <summary>Descriptors to hand over are first moved above this, so that none is overwritten before its turn.</summary>
    private const int FirstFree = 64;

    /// <summary>HUP, INT, QUIT, PIPE, TERM, CHLD: those that this process or its parent may have set to be ignored.</summary>
    private static readonly int[] PossiblyIgnored = [1, 2, 3, 13, 15, 17];

    private static readonly BlockingCollection<Action> Orders = StartThread();

    /// <exception cref="Win32Exception">The program is absent or may not be run.</exception>
    public static Task<HostProcess> StartAsync(LaunchPlan plan)
    {
        var started = new TaskCompletionSource<HostProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        Orders.Add(() =>
        {
            try
            {
                started.SetResult(Start(plan));
            }
            catch (Exception error) when (error is Win32Exception or IOException)
            {
                started.SetException(error);
            }
        });
        return started.Task;
    }

    private static BlockingCollection<Action> StartThread()
    {
        var orders = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var order in orders.GetConsumingEnumerable())
                order();
        })
        { IsBackground = true, Name = "process launcher" }.Start();
        return orders;
    }

    private static HostProcess Start(LaunchPlan plan)
    {
        // What this process itself inherited is not close-on-exec; from here on it is.
        _ = LibC.SystemCall(LibC.SystemCloseRange, 3, uint.MaxValue, MarkCloseOnExec, 0);

        var (inputRead, inputWrite) = Pipe(plan.Owner);
        var (outputRead, outputWrite) = Pipe(plan.Owner);
        var (errorRead, errorWrite) = Pipe(plan.Owner);
        var moved = new List<int>();
        try
        {
            var duplicates = new List<(int From, int To)> { (inputRead, 0), (outputWrite, 1), (errorWrite, 2) };
            foreach (var (number, handle) in plan.Descriptors)
            {
                var copy = Checked(LibC.Control((int)handle.DangerousGetHandle(), LibC.DuplicateCloseOnExec, FirstFree));
                moved.Add(copy);
                duplicates.Add((copy, number));
            }

            var process = Spawn(plan, duplicates);
            return new HostProcess(process, Stream(PipeDirection.Out, inputWrite), Stream(PipeDirection.In, outputRead), Stream(PipeDirection.In, errorRead));
        }
        catch (Win32Exception)
        {
            foreach (var end in (ReadOnlySpan<int>)[inputWrite, outputRead, errorRead])
                _ = LibC.Close(end);
            throw;
        }
        finally
        {
            foreach (var end in (ReadOnlySpan<int>)[inputRead, outputWrite, errorWrite, .. moved])
                _ = LibC.Close(end);
        }
    }

    private static unsafe int Spawn(LaunchPlan plan, List<(int From, int To)> duplicates)
    {
        byte* actions = stackalloc byte[OpaqueBytes], attributes = stackalloc byte[OpaqueBytes], signals = stackalloc byte[OpaqueBytes];
        var arguments = Strings(plan.Arguments);
        var environment = Strings(plan.Environment);
        try
        {
            _ = LibC.InitialiseActions(actions);
            foreach (var (from, to) in duplicates)
                _ = LibC.AddDuplicate(actions, from, to);
            _ = LibC.InitialiseAttributes(attributes);
            _ = LibC.SetFlags(attributes, SpawnFlags);
            _ = LibC.EmptySignals(signals);
            _ = LibC.SetSignalMask(attributes, signals);
            foreach (var signal in PossiblyIgnored)
                _ = LibC.AddSignal(signals, signal);
            _ = LibC.SetDefaultSignals(attributes, signals);

            int process;
            var error = LibC.Spawn(&process, ((byte**)arguments)[0], actions, attributes, (byte**)arguments, (byte**)environment);
            return error == 0 ? process : throw new Win32Exception(error, $"{plan.Arguments[0]}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        finally
        {
            _ = LibC.DestroyActions(actions);
            _ = LibC.DestroyAttributes(attributes);
            Marshal.FreeHGlobal(arguments);
            Marshal.FreeHGlobal(environment);
        }
    }

    /// <summary>A null-terminated array of null-terminated strings in one block, as exec wants it.</summary>
    /// <exception cref="IOException">A string holds NUL, which no argument can.</exception>
    private static unsafe nint Strings(IReadOnlyList<string> strings)
    {
        var table = (strings.Count + 1) * sizeof(nint);
        var block = Marshal.AllocHGlobal(table + strings.Sum(text => Encoding.UTF8.GetByteCount(text) + 1));
        var next = (byte*)block + table;
        for (var i = 0; i < strings.Count; i++)
        {
            if (strings[i].Contains('\0', StringComparison.Ordinal))
            {
                Marshal.FreeHGlobal(block);
                throw new IOException("An argument or a variable for a program holds a NUL character; remove it.");
            }

            ((byte**)block)[i] = next;
            var length = Encoding.UTF8.GetBytes(strings[i], new Span<byte>(next, Encoding.UTF8.GetByteCount(strings[i])));
            next[length] = 0;
            next += length + 1;
        }

        ((byte**)block)[strings.Count] = null;
        return block;
    }

    private static unsafe (int Read, int Write) Pipe(uint? owner)
    {
        var ends = stackalloc int[2];
        _ = Checked(LibC.Pipe(ends, LibC.CloseOnExec));
        if (owner is { } user)
            _ = Checked(LibC.ChangeOwner(ends[0], user, user));
        return (ends[0], ends[1]);
    }

    private static AnonymousPipeClientStream Stream(PipeDirection direction, int end) =>
        new(direction, new SafePipeHandle(end, ownsHandle: true));

    private static int Checked(int result) =>
        result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());
}
