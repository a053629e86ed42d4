using System.Buffers.Binary;

namespace Kintsugi.Init;

/// <summary>What the product asks of PID 1 while the command runs.</summary>
internal static class Requests
{
    /// <summary>Answers until the product closes its end.</summary>
    public static void Answer(int child)
    {
        Span<byte> message = stackalloc byte[InitProtocol.LongestMessage];
        while (DescriptorMessages.Receive(InitProtocol.ControlDescriptor, message, wait: true, out _, out _) is > 0 and var length)
        {
            switch (message[0])
            {
                case InitProtocol.Connect when length == 3:
                    Connect(BinaryPrimitives.ReadUInt16LittleEndian(message[1..]));
                    break;
                case InitProtocol.Signal when length == 2:
                    _ = LibC.Kill(child, message[1]);
                    break;
                default:
                    break; // a newer product than this program: what it does not know, it does not do
            }
        }
    }

    private static void Connect(ushort port)
    {
        var socket = Loopback.Connect(port);
        _ = DescriptorMessages.Send(InitProtocol.ControlDescriptor, [InitProtocol.Connected], socket < 0 ? null : socket);
        if (socket >= 0)
            _ = LibC.Close(socket);
    }
}
