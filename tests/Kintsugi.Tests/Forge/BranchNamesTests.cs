using Kintsugi.Forge;

namespace Kintsugi.Tests.Forge;

public class BranchNamesTests
{
    [Theory]
    [InlineData("gtm-lead-scorer", "kintsugi/gtm-lead-scorer/0123456789ab")]
    [InlineData("GTM Lead Scorer!", "kintsugi/gtm-lead-scorer/0123456789ab")]
    [InlineData("../../refs/heads/main", "kintsugi/refs-heads-main/0123456789ab")]
    [InlineData("-rf ..@{-1}.lock~^:?*[\\", "kintsugi/rf-1-lock/0123456789ab")]
    [InlineData("日本語", "kintsugi/agent/0123456789ab")]
    [InlineData("", "kintsugi/agent/0123456789ab")]
    [InlineData("a-very-long-name-of-an-agent-that-goes-on-and-on-and-on", "kintsugi/a-very-long-name-of-an-agent-that-goes-o/0123456789ab")]
    public void Whatever_an_agent_is_called_its_branch_has_a_plain_name(string agent, string branch) =>
        Assert.Equal(branch, BranchNames.For(agent, "0123456789abcdef"));

    [Theory]
    [InlineData("0123")]
    [InlineData("0123456789AB")]
    [InlineData("0123456789ab/../x")]
    public void What_is_no_fingerprint_is_refused(string fingerprint) =>
        Assert.Throws<ArgumentException>(() => BranchNames.For("agent", fingerprint));
}
