using System.Net;
using System.Net.Sockets;
using Kintsugi.Init;
using Kintsugi.Sandbox.Inside;

namespace Kintsugi.Tests.Sandbox;

public class InitChannelTests
{
    [Fact]
    public async Task What_a_sandbox_hands_over_is_closed_with_its_channel()
    {
        var (channel, remote) = InitChannel.Open();
        using var given = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        given.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        List<Socket> taken = [];
        using (remote)
        {
            foreach (var message in (byte[])[InitProtocol.Listening, InitProtocol.Resolving])
                Assert.True(DescriptorMessages.Send((int)remote.DangerousGetHandle(), [message], (int)given.Handle));
            Assert.True(DescriptorMessages.Send((int)remote.DangerousGetHandle(), [InitProtocol.Ready]));
            Assert.True(await channel.ReadyAsync(taken.Add, taken.Add, TestContext.Current.CancellationToken));
        }

        channel.Dispose();

        Assert.Equal([true, true], taken.Select(socket => socket.SafeHandle.IsClosed));
    }

    [Fact]
    public void A_signal_to_a_command_that_is_over_goes_to_nobody()
    {
        var (channel, remote) = InitChannel.Open();
        using (remote)
        {
            channel.Dispose();
            var (other, others) = InitChannel.Open(); // whose descriptors have the numbers that just became free

            channel.Signal(15);

            Assert.Equal(-1, DescriptorMessages.Receive((int)others.DangerousGetHandle(), new byte[InitProtocol.LongestMessage], wait: false, out _, out _));
            other.Dispose();
            others.Dispose();
        }
    }
}
