using System.Runtime.InteropServices;

namespace Kintsugi.Sandbox.Processes;

/// <summary>A program started on the host, with its three raw, unbuffered pipes.</summary>
internal sealed class HostProcess : IDisposable
{
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _reaping = new();
    private bool _reaped;

    public HostProcess(int id, Stream input, Stream output, Stream error)
    {
        Id = id;
        Input = input;
        Output = output;
        Error = error;

        // A thread of its own waits in the kernel: programs here are tens, not thousands, and a pool thread must not block.
        new Thread(Wait, maxStackSize: 128 * 1024) { IsBackground = true, Name = $"waits for {id}" }.Start();
    }

    public int Id { get; }

    public Stream Input { get; }

    public Stream Output { get; }

    public Stream Error { get; }

    /// <summary>The exit code; minus n when signal n ended it.</summary>
    public Task<int> Ended => _ended.Task;

    /// <summary>Kills the program and its process group. Whatever left the group is the sandbox's to kill.</summary>
    public void Kill()
    {
        lock (_reaping)
        {
            // Once reaped, the number may belong to another process.
            if (_reaped)
                return;
            _ = LibC.Kill(-Id, LibC.SignalKill);
            _ = LibC.Kill(Id, LibC.SignalKill);
        }
    }

    /// <summary>Sends a signal to the program alone, if it is still there.</summary>
    public void Signal(int signal)
    {
        lock (_reaping)
        {
            if (!_reaped)
                _ = LibC.Kill(Id, signal);
        }
    }

    public void Dispose()
    {
        Kill();
        Input.Dispose();
        Output.Dispose();
        Error.Dispose();
    }

    private unsafe void Wait()
    {
        var status = 0;
        WaitOnly();
        lock (_reaping)
        {
            _ = LibC.Kill(-Id, LibC.SignalKill); // what is left of its group, while the number is still its own
            while (LibC.Wait(Id, &status, 0) < 0 && Marshal.GetLastPInvokeError() == LibC.ErrorInterrupted)
            {
            }

            _reaped = true;
        }

        var signal = status & 0x7f;
        _ended.SetResult(signal == 0 ? (status >> 8) & 0xff : -signal);
    }

    /// <summary>Blocks until the program has ended and leaves it a zombie, so that its number stays its own for a moment longer.</summary>
    private unsafe void WaitOnly()
    {
        const int byProcess = 1, exited = 4, leave = 0x01000000;
        var information = stackalloc byte[128];
        while (LibC.WaitIdentified(byProcess, Id, information, exited | leave) < 0 && Marshal.GetLastPInvokeError() == LibC.ErrorInterrupted)
        {
        }
    }
}
