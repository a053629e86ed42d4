using System.Net;
using System.Net.Sockets;

namespace Kintsugi.Evaluation.Agents.Building;

/// <summary>Tells addresses of the open internet from those of this machine, its neighbours and the cloud's own services.</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] Private4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "224.0.0.0/3",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Tunnels6 = [IPNetwork.Parse("2001::/32"), IPNetwork.Parse("2002::/16")]; // they carry an IPv4 address that nobody checks
    private static readonly IPNetwork Translated6 = IPNetwork.Parse("64:ff9b::/96");

    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetwork) return !Private4.Any(n => n.Contains(address));
        if (Translated6.Contains(address)) return Is(new IPAddress(address.GetAddressBytes().AsSpan(12)));
        return Global6.Contains(address) && !Tunnels6.Any(n => n.Contains(address));
    }
}
