using System.Runtime.CompilerServices;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Containers;
using Kintsugi.Sandbox.Seccomp;
using Cpu = System.Runtime.InteropServices.Architecture;

namespace Kintsugi.Tests.Sandbox;

public class ContainerArgumentsTests
{
    private static readonly ContainerLayout Layout = new(
        "/k/stage", "/k/etc", ["passwd", "resolv.conf"], "/k/kintsugi-init", "/k/skeleton", "/k/seccomp.json", "/k/containers.conf", "/k/storage.conf", ["/usr", "/etc/ssl/certs"]);

    private static readonly ContainerPrograms Programs = new("/usr/bin/podman", "/usr/sbin/runc", "/usr/bin/unshare", "/usr/bin/setpriv");

    [Fact]
    public void The_boundary_is_the_one_that_was_reviewed()
    {
        var request = new SandboxRequest
        {
            Command = ["python3", "agent.py"],
            Workspace = new Workspace(["/k/tree", "/k/patch"], "/home/ann/shop"),
            WorkingDirectory = "agents/gtm",
            Environment = new Dictionary<string, string> { ["OPENAI_BASE_URL"] = "http://127.0.0.1:8080/v1" },
            Gateway = _ => { },
            Blocked = _ => { },
            ReadOnly = new Dictionary<string, string> { ["/k/venv"] = "/opt/venv" },
            ServesOn = 9000,
        };

        IsGolden("container.golden", string.Join('\n', ContainerArguments.For(request, Layout, Programs, "kintsugi-container-1-2-3", joins: 2)).Replace("\n--", "\n\n--", StringComparison.Ordinal) + "\n");
    }

    [Fact]
    public void A_path_stays_one_path_whatever_it_is_made_of()
    {
        var request = new SandboxRequest { Command = ["true"], Workspace = new Workspace(["/k/tree"], "/opt/a,\"b\":c") };

        Assert.Contains("type=bind,source=/k/stage/x,\"destination=/opt/a,\"\"b\"\":c\"", ContainerArguments.For(request, Layout, Programs, "parent", joins: 1));
    }

    [Theory]
    [InlineData(Cpu.X64)]
    [InlineData(Cpu.Arm64)]
    public void The_filter_as_JSON_is_made_of_the_same_list(Cpu architecture) =>
        IsGolden($"seccomp-{architecture}.golden.json", SeccompProfile.For(architecture) + "\n");

    [Fact]
    public void There_is_no_filter_for_an_architecture_nobody_looked_at() =>
        Assert.Throws<PlatformNotSupportedException>(() => SeccompProfile.For(Cpu.S390x));

    private static void IsGolden(string name, string text, [CallerFilePath] string here = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(here)!, name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null)
            File.WriteAllText(path, text);
        Assert.Equal(File.ReadAllText(path), text);
    }
}
