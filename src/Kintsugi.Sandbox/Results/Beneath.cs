using System.Runtime.InteropServices;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Results;

/// <summary>Opens what lies in a directory and follows nothing that leads out of it: no symbolic link, no `..`, no magic link of /proc.</summary>
internal static class Beneath
{
    public const int NotThere = 2, Forbidden = 13;

    private const int NotPermitted = 1, Interrupted = LibC.ErrorInterrupted, NoSuchDevice = 6, TryAgain = 11, WithoutDriver = 19, NoDirectory = 20,
        NotValid = 22, OtherFileSystem = 18, NameTooLong = 36, NoSystemCall = 38, Loop = 40;

    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    // O_DIRECTORY and O_NOFOLLOW are among the few flags that differ.
    private static readonly int OnlyDirectory = IsArm ? 0x4000 : 0x10000;
    private static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    /// <summary>O_NONBLOCK, or a pipe without a writer would hold us for ever, and O_NOCTTY.</summary>
    public static int ToRead { get; } = 0x800 | 0x100 | LibC.CloseOnExec | NoFollow;

    public static int ToList { get; } = OnlyDirectory | LibC.CloseOnExec | NoFollow;

    /// <summary>Opens a directory of the host's own.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    /// <exception cref="PlatformNotSupportedException">openat2 does not work here.</exception>
    public static SafeFileHandle OpenTop(string path)
    {
        var descriptor = LibC.Open(path, ToList, 0);
        if (descriptor < 0 && Marshal.GetLastPInvokeError() == Forbidden)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); // it is ours, but the command closed it
            descriptor = LibC.Open(path, ToList, 0);
        }

        if (descriptor < 0)
        {
            throw Marshal.GetLastPInvokeError() is NotThere or NoDirectory or Loop
                ? new DirectoryNotFoundException($"{path} is no directory.")
                : new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        using var itself = TryOpen(directory, ".\0"u8, ToList);
        if (itself is not null)
            return directory;
        var error = Marshal.GetLastPInvokeError();
        directory.Dispose();
        throw error is NoSystemCall or NotPermitted
            ? new PlatformNotSupportedException("openat2 does not work here: it needs Linux 5.6, and a container whose system call filter knows it.")
            : new IOException($"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <param name="path">With a NUL at its end.</param>
    /// <param name="refusal">What follows the path in a sentence when null is returned.</param>
    /// <exception cref="IOException">The host's own trouble, which says nothing of the file.</exception>
    public static SafeFileHandle? Open(SafeFileHandle directory, ReadOnlySpan<byte> path, int flags, out string refusal)
    {
        refusal = "";
        if (TryOpen(directory, path, flags) is { } file)
            return file;
        refusal = Marshal.GetLastPInvokeError() switch
        {
            NotThere => "is not there",
            NoDirectory => "is or lies below something that is no directory",
            Loop => "is or lies below a symbolic link",
            OtherFileSystem => "leads out of the directory",
            Forbidden or NotPermitted => "may not be read",
            NoSuchDevice or WithoutDriver => "is a socket or a device",
            NameTooLong or NotValid => "is no name that a file can have",
            TryAgain => "changes while it is read",
            var error => throw new IOException($"openat2 failed: {Marshal.GetPInvokeErrorMessage(error)}"),
        };
        return null;
    }

    private static unsafe SafeFileHandle? TryOpen(SafeFileHandle directory, ReadOnlySpan<byte> path, int flags)
    {
        const ulong noMagicLinks = 0x02, noSymbolicLinks = 0x04, beneath = 0x08;
        var how = stackalloc ulong[3] { (ulong)flags, 0, noMagicLinks | noSymbolicLinks | beneath }; // struct open_how
        fixed (byte* name = path)
        {
            long descriptor;
            do
            {
                descriptor = LibC.SystemCall(LibC.SystemOpenAt, (ulong)directory.DangerousGetHandle(), (ulong)name, (ulong)how, 3 * sizeof(ulong));
            }
            while (descriptor < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            return descriptor < 0 ? null : new SafeFileHandle((nint)descriptor, ownsHandle: true);
        }
    }
}
