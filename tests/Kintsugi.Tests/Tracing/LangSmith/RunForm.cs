using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using ZstdSharp;

namespace Kintsugi.Tests.Tracing.LangSmith;

/// <summary>A form as LangSmith's SDK writes it: without file names, the length within the content type, compressed around the framing.</summary>
internal sealed class RunForm
{
    private const string Boundary = "----LangSmithFormBoundaryk3p9x0q2w1zz";

    private readonly StringBuilder _text = new();

    public RunForm Part(string name, string json)
    {
        _text.Append(System.Globalization.CultureInfo.InvariantCulture, $"--{Boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: application/json; length={json.Length}\r\n\r\n{json}\r\n");
        return this;
    }

    public byte[] Bytes() => Encoding.UTF8.GetBytes(_text + $"--{Boundary}--\r\n");

    /// <param name="encoding">`gzip`, `zstd` or null.</param>
    public HttpContent Content(string? encoding = null) => Content(Bytes(), encoding);

    public static HttpContent Content(byte[] form, string? encoding)
    {
        var content = new ByteArrayContent(encoding switch { "gzip" => Gzip(form), "zstd" => Zstd(form), _ => form });
        content.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={Boundary}");
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        return content;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var into = new MemoryStream();
        using (var gzip = new GZipStream(into, CompressionLevel.Fastest)) gzip.Write(bytes);
        return into.ToArray();
    }

    public static byte[] Zstd(byte[] bytes)
    {
        using var zstd = new Compressor();
        return zstd.Wrap(bytes).ToArray();
    }
}
