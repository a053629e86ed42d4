using System.Runtime.CompilerServices;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Bubblewrap;
using Kintsugi.Sandbox.Seccomp;

namespace Kintsugi.Tests.Sandbox;

public class BubblewrapArgumentsTests
{
    [Fact]
    public async Task The_boundary_is_the_one_that_was_reviewed()
    {
        var request = new SandboxRequest
        {
            Command = ["python3", "agent.py"],
            Workspace = new Workspace(["/var/tmp/kintsugi/tree", "/var/tmp/kintsugi/patch"], "/home/ann/shop"),
            WorkingDirectory = "agents/gtm",
            Environment = new Dictionary<string, string> { ["OPENAI_BASE_URL"] = "http://127.0.0.1:8080/v1", ["PORT"] = "9000" },
            Gateway = _ => { },
            Blocked = _ => { },
            ReadOnly = new Dictionary<string, string> { ["/var/tmp/kintsugi/venv"] = "/opt/venv" },
            ServesOn = 9000,
        };
        var layout = new BubblewrapLayout(
            "/var/tmp/kintsugi/stage", "/var/tmp/kintsugi/etc", ["hosts", "passwd"], "/var/tmp/kintsugi/kintsugi-init", [("/bin", "usr/bin"), ("/lib", "usr/lib"), ("/lib64", null)]);
        var programs = new HostPrograms("/usr/bin/bwrap", "/usr/bin/unshare", "/usr/bin/setpriv");

        var arguments = string.Join('\n', BubblewrapArguments.For(request, layout)).Replace("\n--", "\n\n--", StringComparison.Ordinal);
        var command = string.Join('\n', BubblewrapCommand.For(request, layout, programs, dropTo: 65534));

        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null)
            await File.WriteAllTextAsync(Path.Combine(Folder(), "bubblewrap.golden"), $"{command}\n\n=== --args ===\n\n{arguments}\n", TestContext.Current.CancellationToken);
        var golden = await File.ReadAllTextAsync(Path.Combine(Folder(), "bubblewrap.golden"), TestContext.Current.CancellationToken);
        Assert.Equal(golden, $"{command}\n\n=== --args ===\n\n{arguments}\n");
    }

    [Theory]
    [InlineData(System.Runtime.InteropServices.Architecture.X64)]
    [InlineData(System.Runtime.InteropServices.Architecture.Arm64)]
    public void The_filter_is_a_program_whose_every_jump_stays_inside(System.Runtime.InteropServices.Architecture architecture)
    {
        var filter = SeccompFilter.For(architecture);

        Assert.Equal(0, filter.Length % 8);
        var count = filter.Length / 8;
        Assert.InRange(count, 100, 4096); // BPF_MAXINSNS
        for (var i = 0; i < count; i++)
        {
            var code = BitConverter.ToUInt16(filter, i * 8);
            if ((code & 7) == 5)
                Assert.InRange(i + 1 + Math.Max(filter[(i * 8) + 2], filter[(i * 8) + 3]), i + 1, count - 1);
        }

        Assert.Equal(0x7fff0000u, BitConverter.ToUInt32(filter, filter.Length - 4));
    }

    [Fact]
    public void There_is_no_filter_for_an_architecture_nobody_looked_at() =>
        Assert.Throws<PlatformNotSupportedException>(() => SeccompFilter.For(System.Runtime.InteropServices.Architecture.S390x));

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
