using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Kintsugi.Bench.Gateway;

/// <summary>A question in bytes, with eight digits in it that tell one from another.</summary>
internal sealed class LoadQuestion
{
    private const string Number = "00000000";

    private static readonly string Text = string.Concat(Enumerable.Repeat("Score this lead by the rubric and answer in JSON. ", 40));

    private readonly byte[] _bytes;
    private readonly int _numberAt;

    /// <param name="kind">What the stub is to do, a word of <see cref="GatewayStub"/>.</param>
    /// <param name="headers">Lines that the one who is asked needs, each with its end.</param>
    public LoadQuestion(string kind, string headers)
    {
        var stream = kind == GatewayStub.Plain ? "" : ""","stream":true,"stream_options":{"include_usage":true}""";
        var body = $$"""{"model":"stub-1","temperature":0.2,"user":"{{kind}}","max_tokens":200,"messages":[{"role":"user","content":"{{Number}} {{Text}}"}]{{stream}}}""";
        _bytes = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}"));
        _numberAt = _bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Number));
    }

    /// <returns>Bytes of the caller's own, to be numbered.</returns>
    public byte[] Copy() => [.. _bytes];

    public void SetNumber(byte[] copy, int number) => Utf8Formatter.TryFormat(number, copy.AsSpan(_numberAt, Number.Length), out _, new('D', (byte)Number.Length));
}
