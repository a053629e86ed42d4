using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>Writes into a dataset file of the work tree without touching the lines that are not meant.</summary>
public static class GoldFile
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Puts lines at the end of a file, all or none of them; makes the file where there is none.</summary>
    /// <exception cref="BadFileException">It is a link: what is written would go where it leads.</exception>
    public static async Task AppendAsync(string path, IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        ThrowIfLink(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        await using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var before = file.Length;
        try
        {
            if (before > 0)
            {
                file.Seek(-1, SeekOrigin.End);
                if (file.ReadByte() != '\n') file.WriteByte((byte)'\n');
            }
            foreach (var line in lines) await file.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
            await file.FlushAsync(cancellationToken);
        }
        catch
        {
            file.SetLength(before);
            throw;
        }
    }

    /// <summary>Changes the samples of some ids; every other line stays as it is, to the byte.</summary>
    /// <param name="change">Given the sample as it stands, changes it in place.</param>
    /// <returns>The ids that were found.</returns>
    /// <exception cref="BadFileException">It is a link, or a line is no sample.</exception>
    public static async Task<IReadOnlyList<string>> ChangeAsync(string path, string name, IReadOnlySet<string> ids, Action<string, JsonObject> change, CancellationToken cancellationToken)
    {
        ThrowIfLink(path);
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        List<string> found = [];
        var temporary = path + ".new";
        try
        {
            await using (var output = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                var number = 0;
                for (var at = 0; at < bytes.Length;)
                {
                    var end = Array.IndexOf(bytes, (byte)'\n', at) is >= 0 and var feed ? feed + 1 : bytes.Length;
                    output.Write(Changed(bytes.AsSpan(at, end - at), ++number) ?? bytes.AsSpan(at, end - at));
                    at = end;
                }
            }
            if (found.Count > 0) File.Move(temporary, path, overwrite: true);
            return found;
        }
        finally
        {
            File.Delete(temporary);
        }

        byte[]? Changed(ReadOnlySpan<byte> line, int number)
        {
            var text = line.Trim(" \t\r\n"u8);
            if (number == 1 && text.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) text = text[3..];
            if (text.IsEmpty || SampleLine.Parse(name, number, text, ended: true).Id is not { } id || !ids.Contains(id)) return null;
            var sample = JsonNode.Parse(text)!.AsObject();
            change(id, sample);
            found.Add(id);
            return Encoding.UTF8.GetBytes(sample.ToJsonString(Readable) + "\n");
        }
    }

    private static void ThrowIfLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null) throw new BadFileException(path, null, "it is a symbolic link, and what is written there would go where it leads. Name the file itself.");
    }
}
