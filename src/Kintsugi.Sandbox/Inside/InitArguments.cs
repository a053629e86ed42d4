using System.Globalization;

namespace Kintsugi.Sandbox.Inside;

/// <summary>What PID 1 is told.</summary>
internal static class InitArguments
{
    /// <summary>Where it lies inside.</summary>
    public const string Path = "/run/kintsugi-init";

    private const int ProcessorTime = 0, FileSize = 1, DataSegment = 2, CoreDump = 4, Processes = 6, OpenFiles = 7, LockedMemory = 8, PendingSignals = 11, MessageQueues = 12;

    /// <summary>PID 1 and the command. Resource limits stand by their Linux numbers; the data segment stands for memory, since runtimes reserve far more address space than they use; processes are one more than asked for, so that a cgroup, which tells of it, is met first.</summary>
    /// <param name="further">Options that depend on what made the sandbox.</param>
    public static IReadOnlyList<string> For(SandboxRequest request, params IEnumerable<string> further)
    {
        var limits = request.Limits;
        var arguments = new List<string>
        {
            Path, "run", Limit(CoreDump, 0), Limit(OpenFiles, 1024), Limit(Processes, limits.Processes + 1L), Limit(FileSize, limits.WorkspaceBytes),
            Limit(DataSegment, limits.MemoryBytes), Limit(LockedMemory, 65536), Limit(MessageQueues, 65536), Limit(PendingSignals, 1024),
        };
        if (limits.Cpu is { } cpu)
            arguments.Add(Limit(ProcessorTime, (long)Math.Ceiling(cpu.TotalSeconds)));
        if (request.ServesOn is not null)
            arguments.Add("serve");
        return [.. arguments, .. further, "--", .. request.Command];
    }

    /// <summary>The sockets to hand over.</summary>
    public static IEnumerable<string> Sockets(SandboxRequest request)
    {
        if (request.Gateway is not null)
            yield return string.Create(CultureInfo.InvariantCulture, $"gateway={SandboxRequest.GatewayPort}");
        if (request.Blocked is not null)
            yield return "resolver=53";
    }

    private static string Limit(int resource, long most) => string.Create(CultureInfo.InvariantCulture, $"{resource}={most}");
}
