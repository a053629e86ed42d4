using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Kintsugi.EndToEnd.Toolchains;

/// <summary>One rule, packed for each toolchain as its registries would: score(n) is 2 n + 1.</summary>
internal static class Packages
{
    public const string WheelName = "scorerule-1.0-py3-none-any.whl";

    public static byte[] Wheel(int offset = 1)
    {
        var files = new Dictionary<string, string>
        {
            ["scorerule.py"] = $"def score(n):\n    return 2 * n + {offset}\n",
            ["scorerule-1.0.dist-info/METADATA"] = "Metadata-Version: 2.1\nName: scorerule\nVersion: 1.0\n",
            ["scorerule-1.0.dist-info/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        };
        var record = string.Concat(files.Select(f => $"{f.Key},sha256={Hash(f.Value)},{Encoding.UTF8.GetByteCount(f.Value)}\n"));
        return Zip(files.Append(KeyValuePair.Create("scorerule-1.0.dist-info/RECORD", record + "scorerule-1.0.dist-info/RECORD,,\n")));
    }

    /// <summary>Made once: a second archive would carry another time, and another checksum.</summary>
    public static byte[] Npm { get; } = PackNpm();

    /// <summary>A package of source, so that it can be made without a compiler.</summary>
    public static byte[] NuGet() => Zip(new Dictionary<string, string>
    {
        ["scorerule.nuspec"] = """
            <?xml version="1.0"?>
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata>
                <id>scorerule</id><version>1.0.0</version><authors>test</authors><description>test</description>
                <contentFiles><files include="cs/any/ScoreRule.cs" buildAction="Compile" /></contentFiles>
              </metadata>
            </package>
            """,
        ["contentFiles/cs/any/ScoreRule.cs"] = "public static class ScoreRule { public static int Score(int n) => 2 * n + 1; }\n",
    });

    private static byte[] PackNpm()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
            foreach (var (name, text) in new[]
                {
                    ("package/package.json", """{"name":"scorerule","version":"1.0.0","main":"index.js"}"""),
                    ("package/index.js", "exports.score = n => 2 * n + 1;\n"),
                })
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        return packed.ToArray();
    }

    private static byte[] Zip(IEnumerable<KeyValuePair<string, string>> files)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, text) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        return packed.ToArray();
    }

    private static string Hash(string text) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
