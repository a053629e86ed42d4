using System.Text;
using System.Text.RegularExpressions;
using Kintsugi.Storage;

namespace Kintsugi.Tracing.Spans;

/// <summary>What is blotted out of spans before anything is written: whatever looks like a key, always, and what the owner names.</summary>
/// <remarks>Blotted text keeps its length in bytes. A key that is cut in two or encoded is not found: see <see cref="KeyShapes"/>.</remarks>
public sealed class SpanRedaction
{
    /// <summary>Keys alone.</summary>
    public static readonly SpanRedaction OfKeys = new([], []);

    /// <summary>A text of a megabyte is looked through in well under this.</summary>
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<string> _attributes;
    private readonly IReadOnlyList<Regex> _patterns;

    /// <param name="attributes">Names of attributes whose values are not kept; a `*` at the end stands for any rest.</param>
    /// <param name="patterns">Regular expressions, without look-around and back-references, of text that is not kept.</param>
    /// <exception cref="ArgumentException">A pattern is no such expression.</exception>
    public SpanRedaction(IReadOnlyList<string> attributes, IReadOnlyList<string> patterns)
    {
        _attributes = attributes;
        _patterns = [.. patterns.Select(Compiled)];
    }

    public bool HasRules => _attributes.Count > 0 || _patterns.Count > 0;

    /// <summary>Whether there may be something to blot: false is certain.</summary>
    public bool Concerns(ReadOnlySpan<byte> text) => HasRules || KeyShapes.MayBeIn(text);

    public bool Names(string attribute)
    {
        foreach (var name in _attributes)
            if (name.EndsWith('*') ? attribute.AsSpan().StartsWith(name.AsSpan(0, name.Length - 1)) : attribute == name) return true;
        return false;
    }

    /// <summary>Blots one text, UTF-8, where it lies.</summary>
    public void Apply(Span<byte> text)
    {
        KeyShapes.Blot(text);
        if (_patterns.Count == 0) return;
        var decoded = Encoding.UTF8.GetString(text);
        if (Encoding.UTF8.GetByteCount(decoded) != text.Length)
        {
            text.Fill((byte)'*'); // no UTF-8: where a match would lie in it cannot be told
            return;
        }
        foreach (var pattern in _patterns)
        {
            foreach (var match in pattern.EnumerateMatches(decoded))
            {
                var from = Encoding.UTF8.GetByteCount(decoded.AsSpan(0, match.Index));
                text.Slice(from, Encoding.UTF8.GetByteCount(decoded.AsSpan(match.Index, match.Length))).Fill((byte)'*');
            }
        }
    }

    public string Apply(string text)
    {
        if (!Concerns(Encoding.UTF8.GetBytes(text))) return text;
        var bytes = Encoding.UTF8.GetBytes(text);
        Apply(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private static Regex Compiled(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException($"`{pattern}`: {e.Message}", nameof(pattern), e);
        }
    }
}
