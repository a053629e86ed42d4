using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Kintsugi.Sandbox.Processes;
using Kintsugi.Sandbox.Results;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox;

/// <summary>What the kernel says of a file, never of what a link points to.</summary>
/// <param name="Mode">Type and permissions, as in `st_mode`.</param>
internal readonly record struct FileStatus(int Mode, uint Links, uint Owner, long SizeBytes, ulong Device)
{
    private const int TypeMask = 0xF000, Directory = 0x4000, CharacterDevice = 0x2000, Regular = 0x8000, SymbolicLink = 0xA000, AnyExecute = 0x49;

    private const int NoFollow = 0x100, EmptyPath = 0x1000, CurrentDirectory = -100;

    public bool IsRegular => (Mode & TypeMask) == Regular;

    public bool IsDirectory => (Mode & TypeMask) == Directory;

    public bool IsLink => (Mode & TypeMask) == SymbolicLink;

    public bool IsExecutable => (Mode & AnyExecute) != 0;

    /// <summary>Whether it is a character device 0/0, as which an overlay notes a deletion.</summary>
    public bool IsWhiteout => (Mode & TypeMask) == CharacterDevice && Device == 0;

    /// <returns>Null when there is no such file, or it cannot be reached.</returns>
    public static FileStatus? Of(string path) => TryOf(CurrentDirectory, [.. Encoding.UTF8.GetBytes(path), 0], NoFollow);

    public static FileStatus Of(SafeFileHandle file) =>
        TryOf((int)file.DangerousGetHandle(), [0], EmptyPath) ?? throw new IOException($"statx failed: {Marshal.GetLastPInvokeErrorMessage()}");

    /// <param name="name">One entry of the directory, with a NUL at its end.</param>
    /// <returns>Null when it is gone by now; of no type at all when its directory was made one that may not be searched.</returns>
    /// <exception cref="IOException">The kernel cannot say.</exception>
    public static FileStatus? Of(SafeFileHandle directory, byte[] name) =>
        TryOf((int)directory.DangerousGetHandle(), name, NoFollow) ?? Marshal.GetLastPInvokeError() switch
        {
            Beneath.NotThere => null,
            Beneath.Forbidden => default(FileStatus),
            _ => throw new IOException($"statx failed: {Marshal.GetLastPInvokeErrorMessage()}"),
        };

    private static unsafe FileStatus? TryOf(int directory, byte[] name, int flags)
    {
        const int statusBytes = 256;
        const uint basic = 0x7FF;
        var status = stackalloc byte[statusBytes];
        fixed (byte* path = name)
        {
            if (LibC.Status(directory, path, flags, basic, status) < 0)
                return null;
        }

        // struct statx, the same on every architecture
        var fields = new ReadOnlySpan<byte>(status, statusBytes);
        return new FileStatus(
            BinaryPrimitives.ReadUInt16LittleEndian(fields[28..]),
            BinaryPrimitives.ReadUInt32LittleEndian(fields[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(fields[20..]),
            BinaryPrimitives.ReadInt64LittleEndian(fields[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(fields[128..]));
    }
}
