using System.Security.Cryptography;
using System.Text;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Store;

/// <summary>What a source and a note are known by, so that each is stored once.</summary>
internal static class SourceDigest
{
    public static byte[] Of(SpanSource source) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', source.Service, source.Version is null ? "" : "=" + source.Version, source.Scope, source.Resource)));

    public static long Of(SpanNote note) => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{note.Name}\0{note.Body}")));
}
