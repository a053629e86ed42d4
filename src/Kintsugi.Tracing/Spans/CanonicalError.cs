using System.Buffers;
using System.Text;

namespace Kintsugi.Tracing.Spans;

/// <summary>The message of an error with what differs from one occurrence to the next masked.</summary>
/// <remarks>
/// <para>Quoted text becomes <c>&lt;s&gt;</c>, addresses <c>&lt;url&gt;</c>, paths <c>&lt;path&gt;</c>, identifiers (UUIDs, hexadecimal digests, mixed tokens of eight
/// characters or more, e-mail addresses) <c>&lt;id&gt;</c>, numbers, dates and times <c>&lt;n&gt;</c>; a list of equal masks becomes one. A number of three
/// digits after <c>HTTP</c>, <c>status</c> or <c>code</c> stays: 429 and 500 are different errors. Of a Python traceback the last line counts, of anything else the first.</para>
/// <para>Words that vary (a person's name without quotes) are not seen: no tree of templates is learnt, so the same message has the same form everywhere and always.
/// The text is hostile: one pass, no regular expression, at most 2,048 characters read and 200 written.</para>
/// </remarks>
public static class CanonicalError
{
    private const int LongestRead = 2048;
    private const int LongestWritten = 200;
    private const int ShortestMixedId = 8;
    private const string Trace = "Traceback (most recent call last)";
    private static readonly SearchValues<char> AfterAddress = SearchValues.Create(" \"'`<>()[]{}|,;");
    private static readonly string[] CodeWords = ["http", "status", "code"];

    private enum Mask
    {
        Text,
        Url,
        Path,
        Id,
        Number,
    }

    /// <returns>One line without control characters, at most 200 characters; empty when the message says nothing.</returns>
    public static string Of(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var line = Line(message);
        var masked = new MaskedText();
        var closers = new HashSet<char>();
        for (var at = 0; at < line.Length && masked.Length <= LongestWritten;)
        {
            if (Quoted(line, at, closers) is { } after)
            {
                masked.Add(Mask.Text);
                at = after;
            }
            else if (IsWord(line[at]))
            {
                var end = at;
                while (end < line.Length && IsWord(line[end])) end++;
                if (line.AsSpan(at, end - at).Contains("://", StringComparison.Ordinal)) end = AddressEnd(line, end);
                while (end > at + 1 && line[end - 1] is '.' or ':' or '/' or '\\' or '-') end--; // punctuation of the sentence, not of the word
                Word(line[at..end], masked);
                at = end;
            }
            else
            {
                masked.Add(line[at++]);
            }
        }

        return masked.ToString(LongestWritten);
    }

    private static string Line(string message)
    {
        var start = message.AsSpan().TrimStart();
        var isTrace = start.StartsWith(Trace, StringComparison.Ordinal);
        var read = isTrace
            ? start[Math.Max(0, start.Length - LongestRead)..].TrimEnd()
            : start[..Math.Min(start.Length, LongestRead)];
        var newline = isTrace ? read.LastIndexOfAny('\n', '\r') : read.IndexOfAny('\n', '\r');
        var line = newline < 0 ? read : isTrace ? read[(newline + 1)..] : read[..newline];
        var clean = new StringBuilder(line.Length);
        foreach (var c in line)
        {
            // Format characters (zero width, direction) would make two forms that look the same.
            if (char.IsWhiteSpace(c) || char.IsControl(c)) clean.Append(' ');
            else if (char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.Format) clean.Append(char.IsSurrogate(c) ? '\uFFFD' : c);
        }

        return clean.ToString();
    }

    // Where the quotation that opens here ends; null where none does. An apostrophe stands inside a word and so neither opens nor closes.
    private static int? Quoted(string line, int at, HashSet<char> unclosed)
    {
        var closer = line[at] switch { '\'' => '\'', '"' => '"', '`' => '`', '“' => '”', '‘' => '’', '«' => '»', _ => '\0' };
        if (closer == '\0' || unclosed.Contains(closer) || (at > 0 && char.IsLetterOrDigit(line[at - 1]))) return null;
        for (var end = line.IndexOf(closer, at + 1); end >= 0; end = line.IndexOf(closer, end + 1))
        {
            if (end + 1 == line.Length || !char.IsLetterOrDigit(line[end + 1])) return end + 1;
        }

        unclosed.Add(closer); // what has no end from here has none from further on either: the pass stays linear
        return null;
    }

    private static int AddressEnd(string line, int at)
    {
        var length = line.AsSpan(at).IndexOfAny(AfterAddress);
        return length < 0 ? line.Length : at + length;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ':' or '/' or '\\' or '@' or '+' or '%' or '~' or '#' or '&' or '?';

    private static void Word(string word, MaskedText masked)
    {
        var isCode = word.Length == 3 && word[0] is >= '1' and <= '5' && word.All(char.IsAsciiDigit) && CodeWords.Contains(masked.LastWord, StringComparer.OrdinalIgnoreCase);
        if (isCode) masked.AddWord(word);
        else if (word.Contains("://", StringComparison.Ordinal)) masked.Add(Mask.Url);
        else if (IsPath(word)) masked.Add(Mask.Path);
        else if (word.IndexOf('@') is > 0 and var at && at < word.Length - 1) masked.Add(Mask.Id);
        else if (Guid.TryParseExact(word, "D", out _)) masked.Add(Mask.Id);
        else Parts(word, masked);
    }

    private static bool IsPath(string word) =>
        (word.Length > 1 && (word[0] is '/' or '\\' || word.StartsWith("./", StringComparison.Ordinal) || word.StartsWith("../", StringComparison.Ordinal) || word.StartsWith("~/", StringComparison.Ordinal)))
        || (word.Length > 2 && char.IsAsciiLetter(word[0]) && word[1] == ':' && word[2] is '\\' or '/')
        || (word.Any(char.IsLetter) && word.Count(c => c is '/' or '\\') >= 2);

    // Runs of letters and digits: an identifier is masked whole, in other runs the numbers are; a number goes on over the signs of dates, times and decimals.
    private static void Parts(string word, MaskedText masked)
    {
        for (var at = 0; at < word.Length;)
        {
            if (!char.IsLetterOrDigit(word[at]))
            {
                if (word[at] is '-' or '+' && at == 0 && word.Length > 1 && char.IsDigit(word[1])) at++; // the sign of a number
                else masked.Add(word[at++]);
                continue;
            }

            var end = at;
            while (end < word.Length && char.IsLetterOrDigit(word[end])) end++;
            if (IsId(word.AsSpan(at, end - at)))
            {
                masked.Add(Mask.Id);
                at = end;
            }
            else if (char.IsDigit(word[at]))
            {
                masked.Add(Mask.Number);
                at = NumberEnd(word, at);
            }
            else
            {
                end = at;
                while (end < word.Length && char.IsLetter(word[end])) end++;
                masked.AddWord(word[at..end]);
                at = end;
            }
        }
    }

    private static bool IsId(ReadOnlySpan<char> run)
    {
        if (run.Length < ShortestMixedId) return run.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && run.Length > 2;
        var digits = 0;
        foreach (var c in run) digits += char.IsDigit(c) ? 1 : 0;
        return digits >= 2 && digits < run.Length;
    }

    private static int NumberEnd(string word, int at)
    {
        while (at < word.Length)
        {
            if (char.IsDigit(word[at])) at++;
            else if (word[at] is '.' or ':' or '-' or '/' or '+' or '_' or 'T' or 'e' or 'E' && at + 1 < word.Length && char.IsDigit(word[at + 1])) at += 2;
            else break;
        }

        return at;
    }

    /// <summary>The text so far: runs of white space are one blank, and a mask that follows its like over blanks, commas and signs of dates is left out.</summary>
    private sealed class MaskedText
    {
        private readonly StringBuilder _text = new();
        private Mask? _last;
        private int _lastEnd;

        public int Length => _text.Length;

        public string LastWord { get; private set; } = "";

        public void Add(Mask mask)
        {
            if (_last == mask && BetweenIsList()) _text.Length = _lastEnd;
            else _text.Append(Form(mask));
            _last = mask;
            _lastEnd = _text.Length;
            LastWord = "";
        }

        public void Add(char c)
        {
            if (c != ' ' || (_text.Length > 0 && _text[^1] != ' ')) _text.Append(c);
        }

        public void AddWord(string word)
        {
            _text.Append(word);
            LastWord = word;
        }

        public string ToString(int longest) => _text.ToString(0, Math.Min(longest, _text.Length)).TrimEnd();

        private static string Form(Mask mask) => mask switch
        {
            Mask.Text => "<s>",
            Mask.Url => "<url>",
            Mask.Path => "<path>",
            Mask.Id => "<id>",
            _ => "<n>",
        };

        private bool BetweenIsList()
        {
            for (var i = _lastEnd; i < _text.Length; i++)
            {
                if (_text[i] is not (' ' or ',' or ';' or '-' or '_' or ':' or '.')) return false;
            }

            return true;
        }
    }
}
