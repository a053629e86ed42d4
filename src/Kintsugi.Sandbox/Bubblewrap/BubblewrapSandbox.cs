using System.ComponentModel;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using Kintsugi.Sandbox.Bubblewrap.Seccomp;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>Tier B: bubblewrap as an ordinary user, a system call filter, and a layer for writes that is thrown away.</summary>
/// <remarks>
/// It shares the host's kernel: right for a patch that a model wrote for one's own repository, no boundary between hostile tenants.
/// Without a cgroup, memory held in a memfd that nobody maps is not counted.
/// </remarks>
internal sealed class BubblewrapSandbox(HostPrograms programs, SandboxState state) : ISandbox
{
    public const string Tier = "B";

    private const int MostErrorBytes = 4096;

    private readonly byte[] _filter = SeccompFilter.For(RuntimeInformation.ProcessArchitecture);

    public Isolation Isolation { get; } = new(
        Tier,
        "bubblewrap: own user, PID, network and mount namespaces, system call filter, writes to a discarded layer of limited size; "
        + "memory: best effort (memfd is not counted)");

    public Task<ISandboxProcess> StartAsync(SandboxRequest request, CancellationToken cancellationToken) =>
        StartAsync(request, [], cancellationToken);

    /// <param name="hostEnvironment">`NAME=value` for the programs before the sandbox; only the start-up probe has a use for any.</param>
    internal async Task<ISandboxProcess> StartAsync(
        SandboxRequest request, IReadOnlyList<string> hostEnvironment, CancellationToken cancellationToken)
    {
        RequestCheck.Throw(request);
        cancellationToken.ThrowIfCancellationRequested();
        if (request.GatewaySocket is { } gateway)
            SandboxUser.Give(gateway);

        var serve = request.ServesOn is null ? null : state.NewServeDirectory();
        var layout = state.Layout(serve);
        var status = MemoryFile("status", []);
        try
        {
            using var arguments = MemoryFile("arguments", Encoding.UTF8.GetBytes(string.Join('\0', BubblewrapArguments.For(request, layout)) + '\0'));
            using var filter = MemoryFile("filter", _filter);
            var (ready, says) = ReadyPipe();
            await using (ready)
            {
                HostProcess host;
                using (says)
                {
                    host = await Launcher.StartAsync(new LaunchPlan(
                        BubblewrapCommand.For(request, layout, programs, SandboxUser.DropTo),
                        [$"PATH={HostPrograms.SearchPath}", .. hostEnvironment],
                        new Dictionary<int, SafeFileHandle>
                        {
                            [BubblewrapCommand.ReadyDescriptor] = says,
                            [BubblewrapArguments.StatusDescriptor] = status,
                            [BubblewrapCommand.ArgumentsDescriptor] = arguments,
                            [BubblewrapArguments.FilterDescriptor] = filter,
                        },
                        SandboxUser.DropTo));
                }

                await WaitUntilReadyAsync(host, ready, request, cancellationToken);
                return new SupervisedProcess(new BubblewrapCommandHandle(host, new BubblewrapStatus(status), serve, request.ServesOn), request.Limits);
            }
        }
        catch (Exception error)
        {
            status.Dispose();
            if (serve is not null)
                Deletion.Delete(serve);
            if (error is Win32Exception)
                throw new SandboxUnavailableException(Tier, $"{error.Message}. Run `kintsugi doctor`.");
            throw;
        }
    }

    private static async Task WaitUntilReadyAsync(HostProcess host, Stream ready, SandboxRequest request, CancellationToken cancellationToken)
    {
        try
        {
            // The wall clock runs from the start, and a host too busy to start a sandbox must not be waited for without end.
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limited.CancelAfter(TimeSpan.FromSeconds(30));
            if (await ready.ReadAsync(new byte[1], limited.Token) == 1)
                return;

            var message = await FirstBytesAsync(host.Error, limited.Token);
            await host.Ended;
            throw new SandboxUnavailableException(Tier, Explain(message, request));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await EndAsync(host, ready);
            throw new SandboxUnavailableException(Tier, "It did not start within 30 s: the machine is overloaded. Try again with fewer parallel runs.");
        }
        catch
        {
            await EndAsync(host, ready);
            throw;
        }
    }

    /// <summary>Ends a sandbox that is not ready yet: every process of it is of the host's group, and holds the pipe until it is gone.</summary>
    private static async Task EndAsync(HostProcess host, Stream ready)
    {
        host.Dispose();
        await host.Ended;
        while (await ready.ReadAsync(new byte[1]) > 0)
        {
        }
    }

    private static string Explain(string message, SandboxRequest request)
    {
        var remedy = message switch
        {
            _ when message.Contains("unshare failed", StringComparison.Ordinal) || message.Contains("uid_map", StringComparison.Ordinal) =>
                "This host forbids user namespaces: on Ubuntu 24.04 or later give bwrap and unshare an AppArmor profile with 'userns,'; in Docker allow them in the seccomp profile.",
            _ when message.Contains("can't cd to", StringComparison.Ordinal) =>
                $"The tree {request.Tree} cannot be reached by the user that sandboxed commands run as: lay it out in a Scratch directory.",
            _ when message.Contains("overlay", StringComparison.Ordinal) => "Overlay mounts in user namespaces need Linux 5.11 or later.",
            _ => "Run `kintsugi doctor` to see what this host lacks.",
        };
        return message.Trim() is { Length: > 0 } said ? $"It said: {said} {remedy}" : $"It said nothing. {remedy}";
    }

    private static async Task<string> FirstBytesAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MostErrorBytes];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    private static SafeFileHandle MemoryFile(string name, byte[] content)
    {
        const uint closeOnExec = 1;
        var handle = new SafeFileHandle(LibC.MemoryFile(name, closeOnExec), ownsHandle: true);
        if (handle.IsInvalid)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        RandomAccess.Write(handle, content, 0); // by offset: the descriptor's own position stays at the start, for bwrap to read
        return handle;
    }

    private static unsafe (Stream Read, SafeFileHandle Write) ReadyPipe()
    {
        var ends = stackalloc int[2];
        if (LibC.Pipe(ends, LibC.CloseOnExec) < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        return (new AnonymousPipeClientStream(PipeDirection.In, new SafePipeHandle(ends[0], ownsHandle: true)), new SafeFileHandle(ends[1], ownsHandle: true));
    }
}
