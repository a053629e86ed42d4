using System.Globalization;

namespace Kintsugi.Init;

/// <summary>Opens sockets on the sandbox's loopback and hands them to the product, which accepts on them itself: nothing in here forwards anything.</summary>
internal static class Handover
{
    /// <summary>Carries out the option `gateway` or `resolver`, whose value is a port.</summary>
    /// <returns>0, or the exit code of a sandbox that could not be set up.</returns>
    public static int Apply(string name, string value)
    {
        if (!ushort.TryParse(value, CultureInfo.InvariantCulture, out var port))
            return Say.Fail($"'{name}={value}' is no option.");
        return name switch
        {
            "gateway" => Give(Loopback.Listen(port), InitProtocol.Listening, "listening for the gateway"),
            "resolver" => Give(Loopback.BindDatagrams(port), InitProtocol.Resolving, "listening for names"),
            _ => Say.Fail($"'{name}' is no option."),
        };
    }

    private static int Give(int socket, byte message, string what) =>
        socket < 0 || !DescriptorMessages.Send(InitProtocol.ControlDescriptor, [message], socket) ? Say.FailLast(what) : LibC.Close(socket);
}
