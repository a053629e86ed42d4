using System.Runtime.Versioning;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Sandbox;

[SupportedOSPlatform("linux")]
public class ScratchTests
{
    [Fact]
    public void It_is_gone_with_all_in_it_when_disposed()
    {
        var scratch = Scratch.Create();
        File.WriteAllText(Path.Combine(scratch.Directory("a/b"), "file"), "x");
        File.CreateSymbolicLink(Path.Combine(scratch.Path, "link"), "/usr");

        scratch.Dispose();

        Assert.False(Path.Exists(scratch.Path));
        Assert.False(Path.Exists(scratch.Path + ".lock"));
        Assert.True(Directory.Exists("/usr/bin"));
    }

    [Fact]
    public async Task Trees_deeper_than_a_path_may_be_and_closed_directories_are_removed()
    {
        using var tree = new TestTree();
        var scratch = Scratch.Create();
        var closed = scratch.Directory("closed/inner");
        File.WriteAllText(Path.Combine(closed, "x"), "");
        File.SetUnixFileMode(closed, UnixFileMode.None);
        File.SetUnixFileMode(Path.GetDirectoryName(closed)!, UnixFileMode.None);
        using var process = await Kintsugi.Sandbox.Processes.Launcher.StartAsync(new Kintsugi.Sandbox.Processes.LaunchPlan(
            ["/usr/bin/python3", "-c", "import os, sys\nos.chdir(sys.argv[1])\nfor _ in range(4000):\n  os.mkdir('deeper'); os.chdir('deeper')", scratch.Path],
            [],
            new Dictionary<int, Microsoft.Win32.SafeHandles.SafeFileHandle>()));
        Assert.Equal(0, await process.Ended);

        scratch.Dispose();

        Assert.False(Path.Exists(scratch.Path));
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_by_the_next_and_what_is_in_use_is_kept()
    {
        using var home = Scratch.Create();
        using var alive = Scratch.Create(home.Path);
        var prefix = Path.GetFileName(alive.Path)[..^24];
        var left = Directory.CreateDirectory(Path.Combine(home.Path, prefix + "left"));
        File.WriteAllText(Path.Combine(left.FullName, "x"), "");
        File.WriteAllText(left.FullName + ".lock", "");

        using var next = Scratch.Create(home.Path);

        Assert.False(left.Exists && Directory.Exists(left.FullName));
        Assert.True(Directory.Exists(alive.Path));
    }
}
