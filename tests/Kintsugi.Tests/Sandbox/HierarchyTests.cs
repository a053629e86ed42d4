using Kintsugi.Sandbox.Cgroups;

namespace Kintsugi.Tests.Sandbox;

public class HierarchyTests
{
    private const string Unified = "29 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

    private const string Older =
        "30 22 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n" + "31 22 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n";

    [Fact]
    public void The_own_cgroup_lies_below_the_mount()
    {
        var found = Assert.Single(Hierarchy.Parse("0::/user.slice/kintsugi.scope\n", Unified));

        Assert.Equal((true, "/sys/fs/cgroup/user.slice/kintsugi.scope", "/sys/fs/cgroup"), (found.Unified, found.Own, found.Mount));
    }

    [Fact]
    public void In_a_container_the_mount_begins_where_the_container_does()
    {
        var found = Assert.Single(Hierarchy.Parse("0::/docker/ab12/inner\n", "29 22 0:26 /docker/ab12 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"));

        Assert.Equal("/sys/fs/cgroup/inner", found.Own);
    }

    [Fact]
    public void A_cgroup_that_no_mount_shows_is_not_there() =>
        Assert.Empty(Hierarchy.Parse("0::/elsewhere\n", "29 22 0:26 /docker/ab12 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"));

    [Fact]
    public void Each_hierarchy_of_version_1_is_found_by_its_controllers()
    {
        var found = Hierarchy.Parse("4:memory:/a\n3:cpu,cpuacct:/\n2:name=systemd:/x\n", Older);

        Assert.Equal([("/sys/fs/cgroup/memory/a", "memory"), ("/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct")], found.Select(h => (h.Own, string.Join(',', h.Controllers))));
    }
}
