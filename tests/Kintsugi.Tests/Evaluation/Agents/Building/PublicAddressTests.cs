using System.Net;
using Kintsugi.Evaluation.Agents.Building;

namespace Kintsugi.Tests.Evaluation.Agents.Building;

public class PublicAddressTests
{
    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("172.15.0.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("64:ff9b::5db8:d822")]
    [InlineData("::ffff:93.184.216.34")]
    public void Addresses_of_the_internet_are_public(string address) => Assert.True(PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.8.8.8")]
    [InlineData("10.0.0.1")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.100.100.200")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    public void Addresses_of_this_machine_its_neighbours_and_its_cloud_are_not(string address) => Assert.False(PublicAddress.Is(IPAddress.Parse(address)));
}
