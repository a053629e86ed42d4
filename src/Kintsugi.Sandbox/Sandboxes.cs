using Kintsugi.Sandbox.Bubblewrap;
using Kintsugi.Sandbox.Cgroups;
using Kintsugi.Sandbox.Containers;
using Kintsugi.Sandbox.Inside;
using Kintsugi.Sandbox.Unsandboxed;

namespace Kintsugi.Sandbox;

/// <summary>Finds the sandbox of this host.</summary>
public static class Sandboxes
{
    private static readonly Lazy<(ControlGroups? Groups, string WhyNot)> Groups = new(FindGroups);

    /// <summary>One each per process: what a host can do does not change while we run, and a probe costs tens of milliseconds.</summary>
    private static readonly Lazy<Task<ISandbox>>
        Full = Probed(BubblewrapSandbox.FullTier, scratch => Task.FromResult<InitSandbox>(NewBubblewrap(scratch, NeededGroups(BubblewrapSandbox.FullTier)))),
        Unlimited = Probed(BubblewrapSandbox.UnlimitedTier, scratch => Task.FromResult<InitSandbox>(NewBubblewrap(scratch, null))),
        Container = Probed(ContainerSandbox.Tier, NewContainerAsync);

    /// <summary>The tiers that hold foreign code, the strongest first.</summary>
    public static IReadOnlyList<string> Tiers { get; } = [BubblewrapSandbox.FullTier, BubblewrapSandbox.UnlimitedTier, ContainerSandbox.Tier];

    /// <summary>Opens a sandbox that has just been seen to hold what it promises.</summary>
    /// <param name="tier">`auto` (the strongest there is), `A` (bubblewrap with a cgroup), `B` (bubblewrap), `C` (container by podman) or `E` (none).</param>
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
            case ContainerSandbox.Tier:
                return await Container.Value.WaitAsync(cancellationToken);
            case UnsandboxedSandbox.Tier when allowUnsandboxed:
                return new UnsandboxedSandbox();
            case UnsandboxedSandbox.Tier:
                throw new SandboxUnavailableException(
                    tier, "Running without a sandbox has to be allowed: pass --allow-unsandboxed for code you trust, or install bubblewrap and use tier auto.");
            case "D":
                throw new SandboxUnavailableException(tier, "This version does not offer it: use tier auto, A, B or C.");
            default:
                throw new ArgumentException($"There is no sandbox tier '{tier}': use auto, A, B, C or E.", nameof(tier));
        }
    }

    /// <summary>A step down is never silent: the tier is said wherever a report shows what was isolated.</summary>
    private static async Task<ISandbox> StrongestAsync(bool allowUnsandboxed, CancellationToken cancellationToken)
    {
        var whyNot = new List<SandboxUnavailableException>();
        foreach (var tier in (Lazy<Task<ISandbox>>[])[Full, Unlimited, Container])
        {
            try
            {
                return await tier.Value.WaitAsync(cancellationToken);
            }
            catch (SandboxUnavailableException error)
            {
                whyNot.Add(error);
            }
        }

        // What the second lacks is what is easiest to mend: bubblewrap, or the right to use it.
        return allowUnsandboxed ? new UnsandboxedSandbox() : throw whyNot[1];
    }

    private static Lazy<Task<ISandbox>> Probed(string tier, Func<Scratch, Task<InitSandbox>> open) => new(() => Task.Run(() => OpenAsync(tier, open)));

    /// <summary>What these systems offer limits resources at best and hides neither files nor processes well enough for foreign code, so nothing is offered in its place.</summary>
    private static string NotLinux() => "Sandboxes need Linux. " + (OperatingSystem.IsWindows()
        ? "Run kintsugi inside WSL 2 (not WSL 1), where tier A or B can be had,"
        : "Run kintsugi in a Linux virtual machine, or in a Linux container that may make user namespaces,")
        + " or pass --allow-unsandboxed for code you trust.";

    private static async Task<ISandbox> OpenAsync(string tier, Func<Scratch, Task<InitSandbox>> open)
    {
        if (!OperatingSystem.IsLinux())
            throw new SandboxUnavailableException(tier, NotLinux());
        var scratch = Scratch.Create();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => scratch.Dispose();
        var sandbox = await open(scratch);
        await Probe.RunAsync(sandbox, scratch);
        return sandbox;
    }

    private static BubblewrapSandbox NewBubblewrap(Scratch scratch, ControlGroups? groups)
    {
        var programs = HostPrograms.FindAll(BubblewrapSandbox.UnlimitedTier);
        if ((File.GetUnixFileMode(programs.Bubblewrap) & UnixFileMode.SetUser) != 0)
            throw new SandboxUnavailableException(
                BubblewrapSandbox.UnlimitedTier, $"{programs.Bubblewrap} is setuid root, which has let sandboxed code out before: run `chmod u-s {programs.Bubblewrap}`.");
        return new BubblewrapSandbox(programs, BubblewrapLayout.In(scratch), groups);
    }

    private static async Task<InitSandbox> NewContainerAsync(Scratch scratch)
    {
        var programs = ContainerPrograms.FindAll();
        var groups = NeededGroups(ContainerSandbox.Tier);
        var runtimeGroups = new RuntimeGroups();
        await runtimeGroups.RemoveLeftoversAsync();
        return new ContainerSandbox(programs, ContainerLayout.In(scratch), runtimeGroups, groups);
    }

    private static ControlGroups NeededGroups(string tier)
    {
        var (groups, whyNot) = Groups.Value;
        return groups ?? throw new SandboxUnavailableException(tier, char.ToUpperInvariant(whyNot[0]) + whyNot[1..] + ".");
    }

    private static (ControlGroups? Groups, string WhyNot) FindGroups()
    {
        var groups = ControlGroups.Find(out var whyNot);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => groups?.Dispose();
        return (groups, whyNot);
    }
}
