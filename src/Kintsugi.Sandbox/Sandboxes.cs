using Kintsugi.Sandbox.Bubblewrap;
using Kintsugi.Sandbox.Unsandboxed;

namespace Kintsugi.Sandbox;

/// <summary>Finds the sandbox of this host.</summary>
public static class Sandboxes
{
    /// <summary>One per process: what a host can do does not change while we run, and the probe costs a few hundred milliseconds.</summary>
    private static readonly Lazy<Task<ISandbox>> Probed = new(() => Task.Run(OpenBubblewrapAsync));

    /// <summary>Opens a sandbox that has just been seen to hold what it promises.</summary>
    /// <param name="tier">`auto` (the strongest there is), `B` (bubblewrap) or `E` (none).</param>
    /// <param name="allowUnsandboxed">Whether no sandbox at all will do. Without it a host that lacks one is an error, never a silent step down.</param>
    /// <exception cref="SandboxUnavailableException">With the cause and what to do about it.</exception>
    /// <exception cref="ArgumentException">There is no such tier.</exception>
    public static async Task<ISandbox> OpenAsync(string tier, bool allowUnsandboxed, CancellationToken cancellationToken)
    {
        switch (tier)
        {
            case "auto":
                try
                {
                    return await Probed.Value.WaitAsync(cancellationToken);
                }
                catch (SandboxUnavailableException) when (allowUnsandboxed)
                {
                    return new UnsandboxedSandbox();
                }

            case BubblewrapSandbox.Tier:
                return await Probed.Value.WaitAsync(cancellationToken);
            case UnsandboxedSandbox.Tier when allowUnsandboxed:
                return new UnsandboxedSandbox();
            case UnsandboxedSandbox.Tier:
                throw new SandboxUnavailableException(
                    tier, "Running without a sandbox has to be allowed: pass --allow-unsandboxed for code you trust, or install bubblewrap and socat and use tier auto.");
            case "A" or "C" or "D":
                throw new SandboxUnavailableException(tier, "This version does not offer it: use tier auto or B.");
            default:
                throw new ArgumentException($"There is no sandbox tier '{tier}': use auto, B or E.", nameof(tier));
        }
    }

    private static async Task<ISandbox> OpenBubblewrapAsync()
    {
        const string tier = BubblewrapSandbox.Tier;
        if (!OperatingSystem.IsLinux())
            throw new SandboxUnavailableException(tier, "It needs Linux: use a Linux host, container or WSL 2, or pass --allow-unsandboxed for code you trust.");
        var programs = HostPrograms.FindAll(tier);
        if ((File.GetUnixFileMode(programs.Bubblewrap) & UnixFileMode.SetUser) != 0)
            throw new SandboxUnavailableException(tier, $"{programs.Bubblewrap} is setuid root, which has let sandboxed code out before: run `chmod u-s {programs.Bubblewrap}`.");

        var scratch = Scratch.Create();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => scratch.Dispose();
        var sandbox = new BubblewrapSandbox(programs, new SandboxState(scratch));
        await Probe.RunAsync(sandbox, scratch);
        return sandbox;
    }
}
