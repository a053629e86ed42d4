using System.Buffers.Binary;

namespace Kintsugi.Tracing.Otlp;

/// <summary>Reads the fields of one protobuf message where they lie, without copying.</summary>
/// <remarks>Protocol Buffers, "Encoding". A generated parser makes an object of every attribute; a span is stored as the bytes it came in, so few of them are looked at.</remarks>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _at;

    /// <summary>Number of the field whose value is read next.</summary>
    public int Field { get; private set; }

    public WireType Type { get; private set; }

    /// <summary>Where in the message the next tag or value is.</summary>
    public readonly int At => _at;

    /// <summary>Where in the message the last value of <see cref="Bytes"/> began.</summary>
    public int Start { get; private set; }

    /// <returns>False at the message's end.</returns>
    /// <exception cref="InvalidDataException">It is no protobuf message.</exception>
    public bool Next()
    {
        if (_at == _message.Length) return false;
        var tag = Varint();
        (Field, Type) = ((int)(tag >> 3), (WireType)(tag & 7));
        return tag >> 3 is > 0 and <= 0x1FFFFFFF ? true : throw Broken();
    }

    public ReadOnlySpan<byte> Bytes()
    {
        if (Type != WireType.Length) throw Broken();
        var length = Varint();
        if (length > (ulong)(_message.Length - _at)) throw Broken();
        Start = _at;
        _at += (int)length;
        return _message.Slice(Start, (int)length);
    }

    public ulong Fixed64()
    {
        if (Type != WireType.Fixed64 || _message.Length - _at < 8) throw Broken();
        _at += 8;
        return BinaryPrimitives.ReadUInt64LittleEndian(_message[(_at - 8)..]);
    }

    public ulong Number() => Type == WireType.Varint ? Varint() : throw Broken();

    public void Skip()
    {
        switch (Type)
        {
            case WireType.Varint: Varint(); break;
            case WireType.Length: Bytes(); break;
            case WireType.Fixed64 when _message.Length - _at >= 8: _at += 8; break;
            case WireType.Fixed32 when _message.Length - _at >= 4: _at += 4; break;
            default: throw Broken(); // groups were given up before OTLP began
        }
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64 && _at < _message.Length; shift += 7)
        {
            var next = _message[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw Broken();
    }

    private static InvalidDataException Broken() => new("It is no protobuf message of OTLP.");
}

internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    Fixed32 = 5,
}
