using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Kintsugi.Init;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Inside;

/// <summary>The product's end of the control socket of one sandbox. What comes over it is a stranger's word.</summary>
internal sealed class InitChannel : IDisposable
{
    /// <summary>More messages than any start takes; a sandbox that sends more is not waited for.</summary>
    private const int MostMessagesAtStart = 8;

    private readonly Socket _socket;
    private readonly TaskCompletionSource<InitReport?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _connecting = new(1);
    private TaskCompletionSource<Socket?>? _connected;

    private InitChannel(Socket socket) => _socket = socket;

    /// <summary>Number of PID 1 as this process sees it; 0 until it is ready.</summary>
    public int Process { get; private set; }

    /// <summary>What PID 1 said of the command's end; null if it ended without a word.</summary>
    public Task<InitReport?> Ended => _ended.Task;

    /// <returns>The channel, and the end that the sandbox is to inherit; the caller closes that once it has.</returns>
    public static unsafe (InitChannel Channel, SafeFileHandle Remote) Open()
    {
        const int unix = 1, sequencedPackets = 5, closeOnExec = LibC.CloseOnExec, socketLevel = 1, passCredentials = 16;
        var ends = stackalloc int[2];
        if (LibC.SocketPair(unix, sequencedPackets | closeOnExec, 0, ends) < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        var on = 1;
        _ = LibC.SetOption(ends[0], socketLevel, passCredentials, &on, sizeof(int));
        return (new InitChannel(new Socket(new SafeSocketHandle(ends[0], ownsHandle: true))), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Waits until PID 1 is about to start the command, and passes on the sockets that it hands over.</summary>
    /// <returns>False when the sandbox ended before that.</returns>
    public async Task<bool> ReadyAsync(Action<Socket>? gateway, Action<Socket>? resolver, CancellationToken cancellationToken)
    {
        for (var i = 0; i < MostMessagesAtStart; i++)
        {
            if (await ReceiveAsync(cancellationToken) is not { } message)
                return false;
            switch (message.Bytes[0])
            {
                case InitProtocol.Listening when gateway is not null && Take(message) is { } socket:
                    gateway(socket);
                    break;
                case InitProtocol.Resolving when resolver is not null && Take(message) is { } socket:
                    resolver(socket);
                    break;
                case InitProtocol.Ready:
                    message.Descriptor?.Dispose();
                    Process = message.Sender;
                    _ = ListenAsync();
                    return true;
                default:
                    message.Descriptor?.Dispose();
                    return false;
            }
        }

        return false;
    }

    /// <returns>Null when nothing listens there.</returns>
    /// <exception cref="IOException">The sandbox has ended.</exception>
    public async Task<Socket?> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            var connected = new TaskCompletionSource<Socket?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _connected = connected;
            var message = new byte[3];
            message[0] = InitProtocol.Connect;
            BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(1), (ushort)port);
            await _socket.SendAsync(message, SocketFlags.None, cancellationToken);
            var ended = await Task.WhenAny(connected.Task, _ended.Task).WaitAsync(cancellationToken) == _ended.Task;
            return ended ? throw new IOException("The sandboxed command has ended.") : await connected.Task;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new IOException("The sandboxed command has ended.", error);
        }
        finally
        {
            _connecting.Release();
        }
    }

    /// <summary>Passes a signal on to the command, if that is still there.</summary>
    public void Signal(int signal) =>
        _ = DescriptorMessages.Send((int)_socket.Handle, [InitProtocol.Signal, (byte)signal]);

    /// <summary>Waits until no process holds the other end any more.</summary>
    public async Task DrainAsync()
    {
        while (await ReceiveAsync(CancellationToken.None) is { } message)
            message.Descriptor?.Dispose();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _ended.TrySetResult(null);
    }

    private async Task ListenAsync()
    {
        try
        {
            while (await ReceiveAsync(CancellationToken.None) is { } message)
                Heed(message);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed: nobody wants to know any more.
        }

        _ended.TrySetResult(null);
    }

    private void Heed(Message message)
    {
        switch (message.Bytes[0])
        {
            case InitProtocol.Ended when message.Bytes.Length == 6:
                var full = message.Bytes[5];
                _ended.TrySetResult(new InitReport(
                    BinaryPrimitives.ReadInt32LittleEndian(message.Bytes.AsSpan(1)), (full & InitProtocol.DiskFull) != 0, (full & InitProtocol.InodesUsedUp) != 0));
                message.Descriptor?.Dispose();
                break;
            case InitProtocol.Connected:
                var socket = message.Descriptor is null ? null : Take(message);
                if (_connected?.TrySetResult(socket) != true)
                    socket?.Dispose();
                break;
            default:
                message.Descriptor?.Dispose();
                break;
        }
    }

    private static Socket? Take(Message message)
    {
        if (message.Descriptor is not { } descriptor)
            return null;
        var handle = new SafeSocketHandle(descriptor.DangerousGetHandle(), ownsHandle: true);
        descriptor.SetHandleAsInvalid();
        try
        {
            return new Socket(handle);
        }
        catch (SocketException)
        {
            handle.Dispose(); // something else than a socket
            return null;
        }
    }

    /// <returns>Null at the end.</returns>
    private async Task<Message?> ReceiveAsync(CancellationToken cancellationToken)
    {
        // .NET cannot receive descriptors, but it can say when there is a message.
        if (await _socket.ReceiveAsync(new byte[1], SocketFlags.Peek, cancellationToken) == 0)
            return null;
        var bytes = new byte[InitProtocol.LongestMessage];
        var length = DescriptorMessages.Receive((int)_socket.Handle, bytes, wait: false, out var descriptor, out var sender);
        var carried = descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        if (length > 0)
            return new Message(bytes[..length], carried, sender);
        carried?.Dispose();
        return null;
    }

    private sealed record Message(byte[] Bytes, SafeFileHandle? Descriptor, int Sender);
}

/// <summary>How the command ended, in PID 1's words.</summary>
internal sealed record InitReport(int Code, bool DiskFull, bool InodesUsedUp);
