using System.Runtime.CompilerServices;
using Kintsugi.Tests.Healing.Review;

namespace Kintsugi.Tests.Tracing.Dialects;

/// <summary>What every instrumentation's spans are read as. The fixtures have the shapes of spans that were captured, and words of their own.</summary>
public class GoldenTraceTests
{
    public static readonly TheoryData<string> Instrumentations = ["otel-openai", "openinference", "traceloop", "aisdk6", "aisdk7-genai", "aisdk7-legacy"];

    [Theory]
    [MemberData(nameof(Instrumentations))]
    public void Spans_are_read_as_what_happened(string name) =>
        GoldenFile.Holds($"{name}.trace.json", CapturedSpans.Text(CapturedSpans.Traces(Fixture(name))));

    [Fact]
    public void Runs_are_read_as_what_happened() =>
        GoldenFile.Holds("langsmith.trace.json", CapturedSpans.Text([CapturedSpans.Runs(Fixture("langsmith"))]));

    internal static string Fixture(string name, [CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "Fixtures", name + ".json"));
}
