using System.Runtime.InteropServices;
using System.Text;

namespace Kintsugi.Tests.Sandbox.Results;

/// <summary>What hostile code leaves in a directory and .NET has no word for.</summary>
public static class Planted
{
    private const uint PipeType = 0x1000, DeviceType = 0x2000, FileType = 0x8000, Open = 0x1B6;

    public static void Pipe(string path) => Check(MakeNode(Bytes(path), PipeType | Open, 0));

    /// <summary>A character device 0/0, which anybody may make.</summary>
    public static void Whiteout(string path) => Check(MakeNode(Bytes(path), DeviceType, 0));

    /// <param name="name">Not always UTF-8.</param>
    public static void EmptyFile(string directory, byte[] name) => Check(MakeNode([.. Encoding.UTF8.GetBytes(directory + "/"), .. name, 0], FileType | Open, 0));

    public static void HardLink(string existing, string path) => Check(Link(Bytes(existing), Bytes(path)));

    public static void Rename(string from, string to) => Check(MoveTo(Bytes(from), Bytes(to)));

    public static void Attribute(string path, string name, string value) => Check(SetAttribute(Bytes(path), Bytes(name), Encoding.UTF8.GetBytes(value), (nuint)value.Length, 0));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private static void Check(int result)
    {
        if (result != 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    [DllImport("libc", EntryPoint = "mknod", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int MakeNode(byte[] path, uint mode, ulong device);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Link(byte[] existing, byte[] path);

    [DllImport("libc", EntryPoint = "rename", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int MoveTo(byte[] from, byte[] to);

    [DllImport("libc", EntryPoint = "setxattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SetAttribute(byte[] path, byte[] name, byte[] value, nuint size, int flags);
}
