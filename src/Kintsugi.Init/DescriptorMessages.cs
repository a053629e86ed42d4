using System.Runtime.InteropServices;

namespace Kintsugi.Init;

/// <summary>Messages that carry an open descriptor, over a Unix socket.</summary>
/// <remarks>`struct msghdr` and `struct cmsghdr` as 64-bit Linux lays them out; unix(7), cmsg(3).</remarks>
internal static unsafe partial class DescriptorMessages
{
    private const int SocketLevel = 1, Rights = 1, Credentials = 2;
    private const int HeaderBytes = 16, DescriptorBytes = 4, CredentialBytes = 12;
    private const int DontWait = 0x40, CloseOnExec = 0x40000000, NoSignal = 0x4000;

    /// <param name="descriptor">What to hand over; null for nothing.</param>
    /// <returns>Whether it was sent.</returns>
    public static bool Send(int socket, ReadOnlySpan<byte> message, int? descriptor = null)
    {
        var control = stackalloc byte[Aligned(HeaderBytes + DescriptorBytes)];
        fixed (byte* start = message)
        {
            var part = new Part { Start = start, Length = (nuint)message.Length };
            var envelope = new Envelope { Parts = &part, PartCount = 1 };
            if (descriptor is { } number)
            {
                *(ulong*)control = HeaderBytes + DescriptorBytes;
                *(int*)(control + 8) = SocketLevel;
                *(int*)(control + 12) = Rights;
                *(int*)(control + HeaderBytes) = number;
                envelope.Control = control;
                envelope.ControlLength = (nuint)Aligned(HeaderBytes + DescriptorBytes);
            }

            return SendMessage(socket, &envelope, NoSignal) == message.Length;
        }
    }

    /// <summary>Takes the next message.</summary>
    /// <param name="wait">Whether to wait for one.</param>
    /// <returns>Length of the message, 0 at the end, negative on an error. A descriptor that came with it is the caller's to close; -1 for none.</returns>
    public static int Receive(int socket, Span<byte> message, bool wait, out int descriptor, out int sender)
    {
        const int controlBytes = 256; // more than the kernel attaches to one message that we could want; the rest is dropped and closed by it
        var control = stackalloc byte[controlBytes];
        descriptor = -1;
        sender = 0;
        fixed (byte* start = message)
        {
            var part = new Part { Start = start, Length = (nuint)message.Length };
            var envelope = new Envelope { Parts = &part, PartCount = 1, Control = control, ControlLength = controlBytes };
            var length = (int)ReceiveMessage(socket, &envelope, CloseOnExec | (wait ? 0 : DontWait));
            if (length < 0)
                return length;
            for (nuint at = 0; at + HeaderBytes <= envelope.ControlLength;)
            {
                var size = (nuint)(*(ulong*)(control + at));
                if (size < HeaderBytes || size > envelope.ControlLength - at)
                    break;
                var data = control + at + HeaderBytes;
                var kind = *(int*)(control + at + 12);
                if (kind == Rights)
                    descriptor = TakeOne((int*)data, (int)((size - HeaderBytes) / DescriptorBytes), descriptor);
                else if (kind == Credentials && size >= HeaderBytes + CredentialBytes)
                    sender = *(int*)data;
                at += (nuint)Aligned((int)size);
            }

            return length;
        }
    }

    /// <summary>Keeps the first descriptor that came and closes all others: nobody sends more than one.</summary>
    private static int TakeOne(int* descriptors, int count, int kept)
    {
        for (var i = 0; i < count; i++)
        {
            if (kept < 0)
                kept = descriptors[i];
            else
                _ = Close(descriptors[i]);
        }

        return kept;
    }

    private static int Aligned(int length) => (length + 7) & ~7;

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Envelope* envelope, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Envelope* envelope, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct Part
    {
        public byte* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Envelope
    {
        public void* Name;
        public uint NameLength;
        public Part* Parts;
        public nuint PartCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
