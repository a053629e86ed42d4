using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kintsugi.Sandbox.Inside;

/// <summary>The name server of a sandbox: it knows no host, answers at once, and tells who was asked for.</summary>
/// <remarks>RFC 1035, the header and the first question only; what is not one plain question is not answered.</remarks>
internal static class RefusingResolver
{
    private const int HeaderBytes = 12, LongestMessage = 512, LongestName = 253, LongestLabel = 63;
    private const byte Answer = 0x80, Opcode = 0x78, RecursionDesired = 0x01, RecursionAvailableNoSuchName = 0x83;

    /// <summary>Serves until the socket is disposed.</summary>
    public static async Task ServeAsync(Socket socket, Action<string> blocked)
    {
        var buffer = new byte[LongestMessage];
        EndPoint anyone = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, anyone);
                if (NameIn(buffer.AsSpan(0, received.ReceivedBytes), out var questionEnd) is not { } name)
                    continue;
                if (!IsNobodyElse(name))
                    blocked(name);
                await socket.SendToAsync(NoSuchName(buffer.AsSpan(0, questionEnd)), SocketFlags.None, received.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The socket was disposed: the sandbox is over.
        }
    }

    /// <summary>Whether a name is of the sandbox itself (which some libraries ask a name server for as well), or no host's at all but an address turned around.</summary>
    private static bool IsNobodyElse(string name) =>
        name is "localhost" or "sandbox" || name.EndsWith(".localhost", StringComparison.Ordinal) || name.EndsWith(".arpa", StringComparison.Ordinal);

    /// <returns>The name asked for, in lower case and without its final dot; null if the message is not one question for a plain host name.</returns>
    internal static string? NameIn(ReadOnlySpan<byte> message, out int questionEnd)
    {
        questionEnd = 0;
        if (message.Length < HeaderBytes || (message[2] & (Answer | Opcode)) != 0 || message[4] != 0 || message[5] != 1)
            return null;
        var name = new StringBuilder();
        var at = HeaderBytes;
        while (at < message.Length && message[at] is > 0 and <= LongestLabel and var length)
        {
            if (at + 1 + length >= message.Length)
                return null;
            if (name.Length > 0)
                name.Append('.');
            foreach (var character in message.Slice(at + 1, length))
            {
                if (!char.IsAsciiLetterOrDigit((char)character) && character is not ((byte)'-' or (byte)'_'))
                    return null;
                name.Append(char.ToLowerInvariant((char)character));
            }

            at += 1 + length;
        }

        questionEnd = at + 5; // the root's empty label, type and class
        return questionEnd <= message.Length && message[at] == 0 && name.Length is > 0 and <= LongestName ? name.ToString() : null;
    }

    private static byte[] NoSuchName(ReadOnlySpan<byte> question)
    {
        var answer = question.ToArray();
        answer[2] = (byte)(Answer | (question[2] & RecursionDesired));
        answer[3] = RecursionAvailableNoSuchName;
        answer.AsSpan(6, 6).Clear(); // no answers, no authorities, no additional records
        return answer;
    }
}
