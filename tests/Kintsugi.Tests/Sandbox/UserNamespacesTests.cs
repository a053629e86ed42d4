using Kintsugi.Sandbox.Bubblewrap;

namespace Kintsugi.Tests.Sandbox;

public class UserNamespacesTests
{
    [Theory]
    [InlineData("1", "1", "15000", false, "AppArmor")]
    [InlineData(null, "0", "15000", false, "kernel.unprivileged_userns_clone=1")]
    [InlineData(null, null, "0", false, "user.max_user_namespaces")]
    [InlineData("0", null, "15000", true, "--security-opt")]
    [InlineData(null, null, null, false, "forbids user namespaces")]
    public void What_forbids_user_namespaces_is_recognised_and_its_remedy_named(string? appArmor, string? debian, string? most, bool inContainer, string words) =>
        Assert.Contains(words, UserNamespaces.Remedy(appArmor, debian, most, inContainer), StringComparison.Ordinal);
}
