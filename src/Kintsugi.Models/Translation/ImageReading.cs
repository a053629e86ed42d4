using System.Buffers.Text;

namespace Kintsugi.Models.Translation;

/// <summary>Reads where an image comes from. Both vendors take the same four formats.</summary>
internal static class ImageReading
{
    private const string Base64Mark = ";base64,";

    /// <param name="url">A `data:` URL with base64, or an http(s) address.</param>
    public static ImagePart OfUrl(string url, string? detail, string path)
    {
        if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            return new ImagePart(null, url, detail, path);
        var data = url.IndexOf(Base64Mark, StringComparison.OrdinalIgnoreCase);
        if (!url.StartsWith("data:", StringComparison.OrdinalIgnoreCase) || data < 0)
            throw Members.Refuse(path, "is neither an http(s) address nor a data: URL with base64.");
        return OfBase64(url["data:".Length..data], url[(data + Base64Mark.Length)..], detail, path);
    }

    public static ImagePart OfBase64(string mediaType, string data, string? detail, string path)
    {
        var type = mediaType.ToLowerInvariant();
        if (type is not ("image/png" or "image/jpeg" or "image/gif" or "image/webp"))
            throw Members.Refuse(path, "is no image that both formats know. Send png, jpeg, gif or webp.");
        if (data.Length == 0 || !Base64.IsValid(data)) throw Members.Refuse(path, "is not valid base64.");
        return new ImagePart(type, data, detail, path);
    }
}
