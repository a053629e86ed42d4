using System.Buffers;
using System.Text;

namespace Kintsugi.Storage;

/// <summary>Finds what looks like a well-known service's key, whoever it belongs to.</summary>
/// <remarks>
/// By the published prefixes of OpenAI, Anthropic, GitHub, AWS, Slack and Google, JSON Web Tokens (RFC 7519) and private keys in PEM (RFC 7468).
/// It does not find a key without such a mark, one that is escaped or encoded, and one that is cut in two, as a stream may do.
/// </remarks>
public static class KeyShapes
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";

    private static readonly SearchValues<byte> Word = Bytes(Letters + Digits + "_-");
    private static readonly SearchValues<byte> NoLowerCase = Bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + Digits);
    private static readonly SearchValues<byte> KeyBlock = Bytes(Letters + Digits + "+/=:,- \t\r\n");

    private const string Block = "PRIVATE KEY";

    private static readonly Shape[] Shapes =
    [
        new("sk-", Shortest: 23), // Anthropic's `sk-ant-` among them
        new("ghp_", Shortest: 34), new("gho_", Shortest: 34), new("ghu_", Shortest: 34), new("ghs_", Shortest: 34), new("ghr_", Shortest: 34),
        new("github_pat_", Shortest: 33),
        new("AKIA", Shortest: 20),
        new("xox", Shortest: 15),
        new("AIza", Shortest: 34),
        new("eyJ", Shortest: 32),
        new(Block, Shortest: 40),
    ];

    /// <summary>All marks in one pass, which there is for characters only.</summary>
    private static readonly SearchValues<string> Marks = SearchValues.Create([.. Shapes.Select(s => s.Mark)], StringComparison.Ordinal);

    /// <summary>Whether a mark of a key is there at all: cheap, and false is certain whatever stands before it.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> text) => NextMark(text) >= 0;

    public static bool AreIn(ReadOnlySpan<byte> text) => Next(text, 0).Length > 0;

    /// <summary>Overwrites each with asterisks; the length stays.</summary>
    public static void Blot(Span<byte> text)
    {
        for (var found = Next(text, 0); found.Length > 0; found = Next(text, found.At + found.Length)) text.Slice(found.At, found.Length).Fill((byte)'*');
    }

    /// <returns>Length 0 when there is none from <paramref name="from"/> on.</returns>
    private static (int At, int Length) Next(ReadOnlySpan<byte> text, int from)
    {
        for (int mark; (mark = NextMark(text[from..])) >= 0;)
        {
            from += mark;
            var shape = ShapeOf(text[from..]);
            var (at, length, isKey) = shape.Mark == Block ? BlockBehind(text, from) : WordAt(text, from, shape);
            if (isKey && length >= shape.Shortest) return (at, length);
            from = Math.Max(from + 1, at + length); // a word that is no key holds none: the marks in it cost no second look
        }
        return (0, 0);
    }

    private static Shape ShapeOf(ReadOnlySpan<byte> text)
    {
        foreach (var shape in Shapes)
            if (text.StartsWith(shape.Bytes)) return shape;
        throw new InvalidOperationException("No shape has this mark.");
    }

    private static int NextMark(ReadOnlySpan<byte> text)
    {
        const int longest = 16;
        Span<char> window = stackalloc char[1024];
        for (var from = 0; from < text.Length; from += window.Length - longest)
        {
            var part = text.Slice(from, Math.Min(window.Length, text.Length - from));
            Encoding.Latin1.GetChars(part, window);
            if (window[..part.Length].IndexOfAny(Marks) is var at and >= 0) return from + at;
        }
        return -1;
    }

    /// <returns>Length 0 where a word goes on, as `sk-` does in `task-`.</returns>
    private static (int At, int Length, bool IsKey) WordAt(ReadOnlySpan<byte> text, int at, Shape shape)
    {
        if (!BeginsWord(text, at)) return (at, 0, false);
        var token = shape.Mark == "eyJ" ? LengthOfToken(text[at..]) : 0;
        var length = Math.Max(token, LengthOf(text[at..], Word));
        return (at, length, length >= shape.Shortest && IsKey(text.Slice(at, length), shape));
    }

    private static bool IsKey(ReadOnlySpan<byte> word, Shape shape) => shape.Mark switch
    {
        "sk-" => word["sk-".Length..].ContainsAny(NoLowerCase), // else it is words with hyphens between them
        "AKIA" => word.Length == shape.Shortest && !word.ContainsAnyExcept(NoLowerCase),
        "xox" => "baprs"u8.Contains(word["xox".Length]) && word["xox".Length + 1] == (byte)'-',
        "eyJ" => word.Contains((byte)'.'),
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
    private static (int At, int Length, bool IsKey) BlockBehind(ReadOnlySpan<byte> text, int at)
    {
        const int mostBefore = 6; // PGP writes ` BLOCK` before them
        var rest = text[(at + Block.Length)..];
        var dashes = rest[..Math.Min(rest.Length, mostBefore + "-----".Length)].IndexOf("-----"u8);
        if (dashes < 0) return (at, 0, false);
        var begin = dashes + "-----".Length;
        return (at + Block.Length + begin, LengthOfBlock(rest[begin..]), true);
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

    private static SearchValues<byte> Bytes(string characters) => SearchValues.Create(Encoding.ASCII.GetBytes(characters));

    /// <param name="Mark">How it begins.</param>
    /// <param name="Shortest">Of what is blotted, in bytes.</param>
    private sealed record Shape(string Mark, int Shortest)
    {
        public byte[] Bytes { get; } = Encoding.ASCII.GetBytes(Mark);
    }
}
