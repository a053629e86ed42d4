#pragma warning disable
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Translation;

public sealed class UntranslatableException(string reason) : Exception(reason);

public sealed class Translation
{
    public ModelRequest Request { get; }
    private Translation(ModelRequest request) => Request = request;
    public static Translation Of(ModelRequest request, Dialect asked, Dialect spoken, int maxTokens) => throw new UntranslatableException("not yet");
    public ModelAnswer Back(ModelAnswer answer) => answer;
    public StreamTranslation OpenStream() => new();
}

public sealed class StreamTranslation
{
    public ReadOnlyMemory<byte> Next(ReadOnlySpan<byte> chunk) => chunk.ToArray();
    public ReadOnlyMemory<byte> End() => default;
}
