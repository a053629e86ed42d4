using System.Text;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>One part of a form.</summary>
/// <param name="Content">A slice of the body.</param>
internal readonly record struct FormPart(string Name, ReadOnlyMemory<byte> Content);

/// <summary>A body of `multipart/form-data` (RFC 7578), whole in memory, split where its boundary says. What parts say of their own length is not believed.</summary>
internal static class MultipartBody
{
    public const int MostParts = 10_000;

    /// <summary>RFC 2046 allows a boundary 70 characters.</summary>
    private const int LongestBoundary = 70;

    private const int LongestHead = 4 << 10;

    /// <exception cref="RefusedException">400 for a body that is no such form, 413 for too many parts.</exception>
    public static List<FormPart> Split(string? contentType, ReadOnlyMemory<byte> body)
    {
        var parts = new List<FormPart>();
        var delimiter = Encoding.UTF8.GetBytes($"\r\n--{Boundary(contentType)}");
        var span = body.Span;
        var at = Begin(span, delimiter);
        while (!span[at..].StartsWith("--"u8))
        {
            if (parts.Count == MostParts) throw new RefusedException(StatusCodes.Status413PayloadTooLarge, $"The form has more than {MostParts} parts. Send smaller batches.");
            var head = Head(span, at);
            var content = head.End;
            var length = span[content..].IndexOf(delimiter);
            if (length < 0) throw Refused("The form breaks off within a part.");
            parts.Add(new FormPart(Name(head.Lines), body.Slice(content, length)));
            at = content + length + delimiter.Length;
        }
        return parts;
    }

    private static string Boundary(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            throw new RefusedException(StatusCodes.Status415UnsupportedMediaType, "`content-type` must be multipart/form-data.");
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= LongestBoundary ? boundary : throw Refused($"The form's boundary must have 1 to {LongestBoundary} characters.");
    }

    /// <summary>Behind the first delimiter; what stands before it is no part.</summary>
    private static int Begin(ReadOnlySpan<byte> body, ReadOnlySpan<byte> delimiter)
    {
        if (body.StartsWith(delimiter[2..])) return delimiter.Length - 2;
        var at = body.IndexOf(delimiter);
        return at < 0 ? throw Refused("The form's boundary is not in its body.") : at + delimiter.Length;
    }

    private static (string Lines, int End) Head(ReadOnlySpan<byte> body, int at)
    {
        while (at < body.Length && body[at] is (byte)' ' or (byte)'\t') at++;
        if (!body[at..].StartsWith("\r\n"u8)) throw Refused("The form's boundary is not followed by a line break.");
        var length = body[at..Math.Min(body.Length, at + LongestHead)].IndexOf("\r\n\r\n"u8);
        return length < 0 ? throw Refused("A part of the form has no end of its headers.") : (Encoding.UTF8.GetString(body.Slice(at + 2, Math.Max(0, length - 2))), at + length + 4);
    }

    private static string Name(string head)
    {
        foreach (var line in head.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith("content-disposition:", StringComparison.OrdinalIgnoreCase)) continue;
            var at = line.IndexOf(" name=\"", StringComparison.OrdinalIgnoreCase);
            if (at < 0) at = line.IndexOf(";name=\"", StringComparison.OrdinalIgnoreCase);
            if (at < 0) break;
            var name = line[(at + " name=\"".Length)..];
            return name.IndexOf('"') is >= 0 and var end ? name[..end].ToString() : throw Refused("A part of the form has a name without an end.");
        }
        throw Refused("A part of the form has no name.");
    }

    private static RefusedException Refused(string message) => new(StatusCodes.Status400BadRequest, message);
}
