using System.Text;

namespace Kintsugi.Sandbox.Results;

/// <summary>Names as the kernel takes them: bytes with a NUL at the end.</summary>
internal static class EntryName
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <returns>Null when it holds a NUL or is no valid Unicode, so that the kernel would be asked for another file.</returns>
    public static byte[]? Of(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
            return null;
        try
        {
            return Strict.GetBytes(path + "\0");
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }

    /// <returns>Null when it is not UTF-8: git trees here hold no such names.</returns>
    public static string? Text(byte[] name)
    {
        try
        {
            return Strict.GetString(name.AsSpan(0, name.Length - 1));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
