using System.Globalization;
using System.Runtime.Versioning;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Tests.Sandbox;

/// <summary>Root gives itself up before a sandbox, an ordinary user does not: both ways have to hold.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostileOrdinaryUserTests
{
    private const string Nobody = "65534";

    [Fact]
    public async Task What_holds_for_root_holds_for_an_ordinary_user()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "This is an ordinary user already: the hostile tests beside this one ran as one.");
        var unreadable = ((string[])[AppContext.BaseDirectory, TestRunner.DotnetRoot, Repository.Root]).FirstOrDefault(folder => !IsOpenToAll(folder));
        Assert.SkipWhen(unreadable is not null, $"Another user cannot read {unreadable}: move it, or run the tests as an ordinary user.");
        using var home = Scratch.Create();
        SandboxUser.Give(home.Directory("home"));

        using var tests = await Launcher.StartAsync(new LaunchPlan(
            ["/usr/bin/setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--inh-caps=-all", "--no-new-privs",
                TestRunner.Path, "-noLogo", "-noColor", "-class", typeof(HostileTests).FullName!, "-class", typeof(HostileFromOutsideTests).FullName!],
            [.. TestRunner.Environment, $"HOME={home.Directory("home")}"],
            new Dictionary<int, SafeFileHandle>()));
        var output = await new StreamReader(tests.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await new StreamReader(tests.Error).ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.True(await tests.Ended == 0, output + error);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Failed: 0, Skipped: "), output, StringComparison.Ordinal);
        Assert.DoesNotContain("Total: 0", output, StringComparison.Ordinal);
    }

    private static bool IsOpenToAll(string folder)
    {
        for (var directory = new DirectoryInfo(folder); directory is not null; directory = directory.Parent)
        {
            if (!directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return false;
        }

        return true;
    }
}
