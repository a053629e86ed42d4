using Kintsugi.Sandbox.Bubblewrap;
using Kintsugi.Sandbox.Cgroups;
using Kintsugi.Sandbox.Unsandboxed;

namespace Kintsugi.Sandbox;

/// <summary>Finds the sandbox of this host.</summary>
public static class Sandboxes
{
    /// <summary>One each per process: what a host can do does not change while we run, and a probe costs tens of milliseconds.</summary>
    private static readonly Lazy<Task<ISandbox>>
        Full = Probed(() => ControlGroups.Find(out var why) ?? throw new SandboxUnavailableException(BubblewrapSandbox.FullTier, char.ToUpperInvariant(why[0]) + why[1..] + ".")),
        Unlimited = Probed(() => null);

    /// <summary>The tiers that hold foreign code, the strongest first.</summary>
    public static IReadOnlyList<string> Tiers { get; } = [BubblewrapSandbox.FullTier, BubblewrapSandbox.UnlimitedTier];

    /// <summary>Opens a sandbox that has just been seen to hold what it promises.</summary>
    /// <param name="tier">`auto` (the strongest there is), `A` (bubblewrap with a cgroup), `B` (bubblewrap) or `E` (none).</param>
    /// <param name="allowUnsandboxed">Whether no sandbox at all will do. Without it a host that lacks one is an error, never a silent step down.</param>
    /// <exception cref="SandboxUnavailableException">With the cause and what to do about it.</exception>
    /// <exception cref="ArgumentException">There is no such tier.</exception>
    public static async Task<ISandbox> OpenAsync(string tier, bool allowUnsandboxed, CancellationToken cancellationToken)
    {
        switch (tier)
        {
            case "auto":
                return await StrongestAsync(allowUnsandboxed, cancellationToken);
            case BubblewrapSandbox.FullTier:
                return await Full.Value.WaitAsync(cancellationToken);
            case BubblewrapSandbox.UnlimitedTier:
                return await Unlimited.Value.WaitAsync(cancellationToken);
            case UnsandboxedSandbox.Tier when allowUnsandboxed:
                return new UnsandboxedSandbox();
            case UnsandboxedSandbox.Tier:
                throw new SandboxUnavailableException(
                    tier, "Running without a sandbox has to be allowed: pass --allow-unsandboxed for code you trust, or install bubblewrap and use tier auto.");
            case "C" or "D":
                throw new SandboxUnavailableException(tier, "This version does not offer it: use tier auto, A or B.");
            default:
                throw new ArgumentException($"There is no sandbox tier '{tier}': use auto, A, B or E.", nameof(tier));
        }
    }

    private static async Task<ISandbox> StrongestAsync(bool allowUnsandboxed, CancellationToken cancellationToken)
    {
        try
        {
            return await Full.Value.WaitAsync(cancellationToken);
        }
        catch (SandboxUnavailableException)
        {
            // Isolated all the same, but for memory: that is said wherever the tier is shown.
        }

        try
        {
            return await Unlimited.Value.WaitAsync(cancellationToken);
        }
        catch (SandboxUnavailableException) when (allowUnsandboxed)
        {
            return new UnsandboxedSandbox();
        }
    }

    private static Lazy<Task<ISandbox>> Probed(Func<ControlGroups?> groups) => new(() => Task.Run(() => OpenBubblewrapAsync(groups)));

    /// <summary>What these systems offer limits resources at best and hides neither files nor processes well enough for foreign code, so nothing is offered in its place.</summary>
    private static string NotLinux() => "Sandboxes need Linux. " + (OperatingSystem.IsWindows()
        ? "Run kintsugi inside WSL 2 (not WSL 1), where tier A or B can be had,"
        : "Run kintsugi in a Linux virtual machine, or in a Linux container that may make user namespaces,")
        + " or pass --allow-unsandboxed for code you trust.";

    private static async Task<ISandbox> OpenBubblewrapAsync(Func<ControlGroups?> find)
    {
        const string tier = BubblewrapSandbox.UnlimitedTier;
        if (!OperatingSystem.IsLinux())
            throw new SandboxUnavailableException(tier, NotLinux());
        var programs = HostPrograms.FindAll(tier);
        if ((File.GetUnixFileMode(programs.Bubblewrap) & UnixFileMode.SetUser) != 0)
            throw new SandboxUnavailableException(tier, $"{programs.Bubblewrap} is setuid root, which has let sandboxed code out before: run `chmod u-s {programs.Bubblewrap}`.");

        var groups = find();
        var scratch = Scratch.Create();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            scratch.Dispose();
            groups?.Dispose();
        };
        var sandbox = new BubblewrapSandbox(programs, SandboxState.LayOut(scratch), groups);
        await Probe.RunAsync(sandbox, scratch);
        return sandbox;
    }
}
