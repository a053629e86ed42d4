using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Kintsugi.Tests.Models.Outage;

/// <summary>A question of the outage drill. What is right to answer, and what that costs, follows from its words alone.</summary>
/// <param name="TellsUsage">Of a stream: whether it asks to be told what it used, as the format lets it choose.</param>
internal sealed record OutageQuestion(int Number, string Words, bool IsStreamed, bool TellsUsage)
{
    /// <summary>In US dollars for a million tokens, as a price list has them.</summary>
    public const string Prices = """{"127.0.0.1":{"stub-1":{"input":10,"output":100}}}""";

    private const decimal InputPrice = 10, OutputPrice = 100;

    private const int UntoldOf = 10;

    /// <summary>Half of all are streamed, a tenth of those without usage.</summary>
    public static OutageQuestion Of(int seed, int number)
    {
        var random = Seeded(seed, number);
        var words = string.Create(CultureInfo.InvariantCulture, $"{number} {seed} {new string('w', random.Next(10, 2_000))} {random.Next()}");
        var isStreamed = number % 2 == 1;
        return new OutageQuestion(number, words, isStreamed, !isStreamed || random.Next(UntoldOf) != 0);
    }

    /// <summary>Equal in every process for equal numbers, which <see cref="HashCode"/> is not, and unlike for neighbours.</summary>
    public static Random Seeded(params ReadOnlySpan<int> numbers) =>
        new(BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(MemoryMarshal.AsBytes(numbers))));

    /// <summary>As a service reads it.</summary>
    public static OutageQuestion Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        var words = root.GetProperty("messages")[0].GetProperty("content").GetString()!;
        return new OutageQuestion(
            int.Parse(words[..words.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture), words,
            root.TryGetProperty("stream", out _), !root.TryGetProperty("stream", out _) || root.TryGetProperty("stream_options", out _));
    }

    public string Body()
    {
        var stream = (IsStreamed, TellsUsage) switch
        {
            (false, _) => "",
            (true, false) => ""","stream":true""",
            _ => ""","stream":true,"stream_options":{"include_usage":true}""",
        };
        return $$"""{"model":"stub-1","max_tokens":400,"messages":[{"role":"user","content":"{{Words}}"}]{{stream}}}""";
    }

    /// <summary>SHA-256 of the words.</summary>
    public string Answer => Convert.ToHexStringLower(Hash);

    public (long Input, long Output) Tokens => (Words.Length, 1 + Hash[0]);

    public decimal Usd => ((Tokens.Input * InputPrice) + (Tokens.Output * OutputPrice)) / 1_000_000m;

    private byte[] Hash => SHA256.HashData(Encoding.UTF8.GetBytes(Words));
}
