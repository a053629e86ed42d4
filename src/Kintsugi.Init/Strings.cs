using System.Runtime.InteropServices;
using System.Text;

namespace Kintsugi.Init;

/// <summary>Arguments as exec takes them. They are never freed: what follows replaces the process, or lives as long as it.</summary>
internal static unsafe class Strings
{
    public static byte** Of(ReadOnlySpan<string> words)
    {
        var table = (byte**)NativeMemory.AllocZeroed((nuint)(words.Length + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < words.Length; i++)
        {
            var length = Encoding.UTF8.GetByteCount(words[i]);
            table[i] = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            Encoding.UTF8.GetBytes(words[i], new Span<byte>(table[i], length));
        }

        return table;
    }
}
