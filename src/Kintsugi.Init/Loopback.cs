using System.Buffers.Binary;

namespace Kintsugi.Init;

/// <summary>Sockets on 127.0.0.1 of the network that this process is in.</summary>
internal static unsafe class Loopback
{
    private const int AddressBytes = 16, SocketLevel = 1, ReuseAddress = 2;

    /// <summary>Brings the interface up, which it is not in a new network namespace.</summary>
    public static bool Up()
    {
        const nuint setFlags = 0x8914;
        const int requestBytes = 40, nameBytes = 16, up = 1;
        var request = stackalloc byte[requestBytes];
        var bytes = new Span<byte>(request, requestBytes);
        bytes.Clear();
        "lo"u8.CopyTo(bytes);
        bytes[nameBytes] = up;
        var socket = LibC.Socket(LibC.Internet, LibC.Datagram | LibC.SocketCloseOnExec, 0);
        var done = LibC.DeviceControl(socket, setFlags, request) == 0;
        _ = LibC.Close(socket);
        return done;
    }

    /// <returns>A descriptor; negative on an error.</returns>
    public static int Listen(ushort port)
    {
        var socket = LibC.Socket(LibC.Internet, LibC.Stream | LibC.SocketCloseOnExec, 0);
        var on = 1;
        _ = LibC.SetOption(socket, SocketLevel, ReuseAddress, &on, sizeof(int));
        var address = stackalloc byte[AddressBytes];
        Address(address, port);
        return LibC.Bind(socket, address, AddressBytes) < 0 || LibC.Listen(socket, 512) < 0 ? -1 : socket;
    }

    /// <returns>A descriptor; negative on an error.</returns>
    public static int BindDatagrams(ushort port)
    {
        var socket = LibC.Socket(LibC.Internet, LibC.Datagram | LibC.SocketCloseOnExec, 0);
        var address = stackalloc byte[AddressBytes];
        Address(address, port);
        return LibC.Bind(socket, address, AddressBytes) < 0 ? -1 : socket;
    }

    /// <returns>A descriptor; negative when nothing listens there.</returns>
    public static int Connect(ushort port)
    {
        var socket = LibC.Socket(LibC.Internet, LibC.Stream | LibC.SocketCloseOnExec, 0);
        var address = stackalloc byte[AddressBytes];
        Address(address, port);
        if (LibC.Connect(socket, address, AddressBytes) == 0)
            return socket;
        _ = LibC.Close(socket);
        return -1;
    }

    /// <summary>`struct sockaddr_in` of 127.0.0.1.</summary>
    private static void Address(byte* address, ushort port)
    {
        var bytes = new Span<byte>(address, AddressBytes);
        bytes.Clear();
        bytes[0] = LibC.Internet;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], port);
        bytes[4] = 127;
        bytes[7] = 1;
    }
}
