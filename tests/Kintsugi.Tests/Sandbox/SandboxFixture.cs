using System.Net.Sockets;
using System.Text;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Sandbox;

/// <summary>One tier of this host, for the tests that each of them has to pass.</summary>
public abstract class TierFixture(string tier, bool isNeeded) : IAsyncLifetime
{
    /// <summary>Null where this host does not have it, and need not.</summary>
    private ISandbox? _sandbox;

    private string _whyNot = "";

    public ISandbox Sandbox
    {
        get
        {
            Assert.SkipWhen(_sandbox is null, _whyNot);
            return _sandbox!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        try
        {
            _sandbox = await Sandboxes.OpenAsync(tier, allowUnsandboxed: false, TestContext.Current.CancellationToken);
        }
        catch (SandboxUnavailableException error) when (!isNeeded)
        {
            _whyNot = error.Message;
        }
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The host's bubblewrap sandbox. Where bubblewrap is missing every test that asks for it fails, and says what to install.</summary>
public sealed class SandboxFixture() : TierFixture("B", isNeeded: true)
{
    public const string MountAt = "/home/somebody/checkout";
}

/// <summary>The host's container sandbox. Where podman or root is missing every test that asks for it is skipped, and says why.</summary>
public sealed class ContainerFixture() : TierFixture("C", isNeeded: false);

/// <summary>A tree on disk for one test.</summary>
public sealed class TestTree : IDisposable
{
    private readonly Scratch _scratch = Scratch.Create();

    public string Path => _scratch.Directory("tree");

    public string Beside(string name) => _scratch.Directory(name);

    public TestTree With(string file, string content)
    {
        var path = System.IO.Path.Combine(Path, file);
        var directory = System.IO.Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory);
        File.WriteAllText(path, content);
        SandboxUser.Give(directory);
        SandboxUser.Give(path);
        return this;
    }

    /// <summary>A further layer beside the tree.</summary>
    public string Layer(string name, params (string File, string Content)[] files)
    {
        var layer = Beside(name);
        foreach (var (file, content) in files)
        {
            var path = System.IO.Path.Combine(layer, file);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }

        return layer;
    }

    public SandboxRequest Run(params string[] command) => new()
    {
        Command = command,
        Workspace = new Workspace([Path], SandboxFixture.MountAt),
        Limits = new SandboxLimits(TimeSpan.FromSeconds(30)),
    };

    public SandboxRequest Shell(string script, params string[] arguments) => Run(["/bin/sh", "-c", script, "sh", .. arguments]);

    public SandboxRequest Python(string script, params string[] arguments) => Run(["python3", "-c", script, .. arguments]);

    /// <summary>A script of Attacks/, laid into the tree with what the scripts share; it reads <see cref="Bait.Knowledge"/>.</summary>
    public SandboxRequest Attack(string script)
    {
        foreach (var file in (string[])["attack.py", script + ".py"])
            With(file, File.ReadAllText(System.IO.Path.Combine(AttackTable.Folder, file)));
        return Run("python3", script + ".py");
    }

    public void Dispose() => _scratch.Dispose();
}

/// <summary>A gateway at which nobody answers: connections to it wait to be accepted, and that is all.</summary>
public sealed class TestGateway : IDisposable
{
    private Socket? _listening;

    public SandboxRequest For(SandboxRequest request) => request with { Gateway = listening => _listening = listening, Blocked = _ => { } };

    public void Dispose() => _listening?.Dispose();
}

internal static class Runs
{
    public static Task<SandboxResult> RunAsync(this ISandbox sandbox, SandboxRequest request) =>
        sandbox.RunAsync(request, ReadOnlyMemory<byte>.Empty, TestContext.Current.CancellationToken);

    public static Task<SandboxResult> RunAsync(this ISandbox sandbox, SandboxRequest request, string stdin) =>
        sandbox.RunAsync(request, Encoding.UTF8.GetBytes(stdin), TestContext.Current.CancellationToken);
}
