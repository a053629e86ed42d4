using System.Buffers;

namespace Kintsugi.Models.Cassettes;

/// <summary>Finds what looks like a well-known service's key, whoever it belongs to.</summary>
/// <remarks>
/// By the published prefixes of OpenAI, Anthropic, GitHub, AWS, Slack and Google, JSON Web Tokens (RFC 7519) and private keys in PEM (RFC 7468).
/// It does not find a key without such a mark, one that is escaped or encoded, and one that is cut in two, as a stream may do.
/// </remarks>
internal static class KeyShapes
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";

    private static readonly SearchValues<byte> Word = Bytes(Letters + Digits + "_-");
    private static readonly SearchValues<byte> NoLowerCase = Bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + Digits);
    private static readonly SearchValues<byte> KeyBlock = Bytes(Letters + Digits + "+/=:,- \t\r\n");

    private static readonly Shape[] Shapes =
    [
        new("sk-", Shortest: 23), // Anthropic's `sk-ant-` among them
        new("ghp_", Shortest: 34), new("gho_", Shortest: 34), new("ghu_", Shortest: 34), new("ghs_", Shortest: 34), new("ghr_", Shortest: 34),
        new("github_pat_", Shortest: 33),
        new("AKIA", Shortest: 20),
        new("xox", Shortest: 15),
        new("AIza", Shortest: 34),
        new("eyJ", Shortest: 32),
    ];

    public static bool AreIn(ReadOnlySpan<byte> text)
    {
        foreach (var shape in Shapes)
            if (Next(text, shape, 0).Length > 0) return true;
        return NextBlock(text, 0).Length > 0;
    }

    /// <summary>Overwrites each with asterisks; the length stays.</summary>
    public static void Blot(Span<byte> text)
    {
        foreach (var shape in Shapes)
            for (var found = Next(text, shape, 0); found.Length > 0; found = Next(text, shape, found.At + found.Length))
                text.Slice(found.At, found.Length).Fill((byte)'*');
        for (var found = NextBlock(text, 0); found.Length > 0; found = NextBlock(text, found.At + found.Length))
            text.Slice(found.At, found.Length).Fill((byte)'*');
    }

    /// <returns>Length 0 when there is none from <paramref name="from"/> on.</returns>
    private static (int At, int Length) Next(ReadOnlySpan<byte> text, Shape shape, int from)
    {
        for (int found; (found = text[from..].IndexOf(shape.Prefix)) >= 0; from += shape.Prefix.Length)
        {
            from += found;
            var length = shape.Name == "eyJ" ? LengthOfToken(text[from..]) : LengthOf(text[from..], Word);
            if (length >= shape.Shortest && BeginsWord(text, from) && IsKey(text.Slice(from, length), shape)) return (from, length);
        }
        return (0, 0);
    }

    private static bool IsKey(ReadOnlySpan<byte> word, Shape shape) => shape.Name switch
    {
        "sk-" => word["sk-".Length..].ContainsAny(NoLowerCase), // else it is words with hyphens between them
        "AKIA" => word.Length == shape.Shortest && !word.ContainsAnyExcept(NoLowerCase),
        "xox" => "baprs"u8.Contains(word["xox".Length]) && word["xox".Length + 1] == (byte)'-',
        _ => true,
    };

    /// <summary>Three parts of base64url with points between them, the second no shorter than an empty set of claims.</summary>
    private static int LengthOfToken(ReadOnlySpan<byte> text)
    {
        var head = LengthOf(text, Word);
        if (head < 10 || head == text.Length || text[head] != (byte)'.') return 0;
        var claims = LengthOf(text[(head + 1)..], Word);
        var end = head + 1 + claims;
        if (claims < 3 || end == text.Length || text[end] != (byte)'.') return 0;
        var signature = LengthOf(text[(end + 1)..], Word);
        return signature < 10 ? 0 : end + 1 + signature;
    }

    /// <summary>What stands between the marks of a private key, whose line breaks may be those of a string in JSON.</summary>
    private static (int At, int Length) NextBlock(ReadOnlySpan<byte> text, int from)
    {
        const int shortest = 40;
        for (int found; (found = text[from..].IndexOf("PRIVATE KEY"u8)) >= 0;)
        {
            from += found + "PRIVATE KEY".Length;
            var mark = text[from..].IndexOf("-----"u8);
            if (mark is < 0 or > 6) continue; // PGP writes ` BLOCK` before it
            var begin = from + mark + 5;
            var length = LengthOfBlock(text[begin..]);
            if (length >= shortest) return (begin, length);
        }
        return (0, 0);
    }

    private static int LengthOfBlock(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf("-----"u8);
        var most = end < 0 ? text : text[..end];
        for (var at = 0; ;)
        {
            at += LengthOf(most[at..], KeyBlock);
            var escape = most[at..];
            var slashes = escape.IndexOfAnyExcept((byte)'\\');
            if (slashes <= 0 || !"nrt/"u8.Contains(escape[slashes])) return at;
            at += slashes + 1;
        }
    }

    private static int LengthOf(ReadOnlySpan<byte> text, SearchValues<byte> allowed) => text.IndexOfAnyExcept(allowed) is var end && end < 0 ? text.Length : end;

    /// <summary>Whether no word goes on here; the letters of an escape (`\n`, `\u000a`) are none.</summary>
    private static bool BeginsWord(ReadOnlySpan<byte> text, int at) =>
        at == 0 || !char.IsAsciiLetterOrDigit((char)text[at - 1])
        || (at >= 2 && text[at - 2] == (byte)'\\' && "nrtbf"u8.Contains(text[at - 1]))
        || (at >= 6 && text[at - 6] == (byte)'\\' && text[at - 5] == (byte)'u');

    private static SearchValues<byte> Bytes(string characters) => SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(characters));

    /// <param name="Name">How it begins.</param>
    /// <param name="Shortest">In bytes, the beginning included.</param>
    private sealed record Shape(string Name, int Shortest)
    {
        public byte[] Prefix { get; } = System.Text.Encoding.ASCII.GetBytes(Name);
    }
}
