using System.Buffers.Binary;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox;

/// <summary>Who owns a file, which .NET does not tell.</summary>
internal static class FileOwner
{
    /// <returns>The owner's number, of a link itself rather than its target; null when there is no such file.</returns>
    public static unsafe uint? Of(string path)
    {
        const int currentDirectory = -100, noFollow = 0x100, statusBytes = 256, ownerOffset = 20;
        const uint wantOwner = 0x8;
        var status = stackalloc byte[statusBytes];
        return LibC.Status(currentDirectory, path, noFollow, wantOwner, status) < 0
            ? null
            : BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(status + ownerOffset, sizeof(uint)));
    }
}
