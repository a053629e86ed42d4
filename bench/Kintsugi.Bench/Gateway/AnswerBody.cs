using System.Buffers.Text;
using System.Text;

namespace Kintsugi.Bench.Gateway;

/// <summary>Follows the body of an answer to its end, by its length or its chunks.</summary>
internal struct AnswerBody
{
    private readonly bool _isChunked;
    private long _left;
    private long _size;
    private bool _hasDigits, _isLast;

    private AnswerBody(long? length) => (_isChunked, _left, IsOver) = (length is null, length ?? 0, length == 0);

    public bool IsOver { get; private set; }

    public long Bytes { get; private set; }

    public static AnswerBody Of(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 200"u8)) throw new InvalidDataException($"Not an answer: {Encoding.UTF8.GetString(head)}");
        return new AnswerBody(HttpHead.ContentLength(head));
    }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !IsOver)
        {
            if (_left == 0)
            {
                TakeFraming(bytes[0]);
                bytes = bytes[1..];
                continue;
            }
            var taken = (int)Math.Min(_left, bytes.Length);
            _left -= taken;
            Bytes += taken;
            bytes = bytes[taken..];
            IsOver = _left == 0 && !_isChunked;
        }
    }

    // Lines between chunks: the one that ends a chunk's data is empty; the one after the chunk of size 0 ends the body.
    private void TakeFraming(byte next)
    {
        if (next == '\n')
        {
            if (_isLast) IsOver = true;
            else if (_hasDigits) (_left, _isLast) = (_size, _size == 0);
            (_size, _hasDigits) = (0, false);
        }
        else if (next != '\r')
        {
            var digit = next <= '9' ? next - '0' : (next | 0x20) - 'a' + 10;
            (_size, _hasDigits) = ((_size * 16) + digit, true);
        }
    }
}

/// <summary>The one header that both ends of the load read.</summary>
internal static class HttpHead
{
    /// <returns>Null where it has none.</returns>
    public static long? ContentLength(ReadOnlySpan<byte> head)
    {
        while (head.IndexOf("\r\n"u8) is var end and >= 0)
        {
            head = head[(end + 2)..];
            if (head.Length < "content-length:".Length || !Ascii.EqualsIgnoreCase(head[.."content-length:".Length], "content-length:"u8)) continue;
            return Utf8Parser.TryParse(head["content-length:".Length..].TrimStart((byte)' '), out long length, out _) ? length : null;
        }
        return null;
    }
}
