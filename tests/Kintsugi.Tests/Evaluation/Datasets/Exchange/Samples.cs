using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Datasets.Exchange;

namespace Kintsugi.Tests.Evaluation.Datasets.Exchange;

/// <summary>Samples in and out of texts.</summary>
internal static class Samples
{
    public static Stream Stream(string text) => new MemoryStream(Encoding.UTF8.GetBytes(text));

    public static async Task<List<SampleDraft>> ReadAsync(IAsyncEnumerable<SampleDraft> samples)
    {
        List<SampleDraft> read = [];
        await foreach (var sample in samples) read.Add(sample);
        return read;
    }

    public static Task<List<SampleDraft>> CsvAsync(string text, CsvShape? shape = null, ExchangeLosses? losses = null) =>
        ReadAsync(CsvSamples.ReadAsync("t.csv", Stream(text), shape ?? new CsvShape(null, null, false), losses ?? new ExchangeLosses(), TestContext.Current.CancellationToken));

    public static Task<List<SampleDraft>> JsonlAsync(string text, JsonlShape? shape = null, ExchangeLosses? losses = null) =>
        ReadAsync(JsonlSamples.ReadAsync("t.jsonl", Stream(text), shape ?? new JsonlShape(null, null, null), losses ?? new ExchangeLosses(), TestContext.Current.CancellationToken));

    public static Task<List<SampleDraft>> EvalsAsync(string text, ExchangeLosses? losses = null) =>
        ReadAsync(OpenAiEvals.ReadAsync("t.jsonl", Stream(text), losses ?? new ExchangeLosses(), TestContext.Current.CancellationToken));

    public static Task<List<SampleDraft>> PromptfooAsync(string text, ExchangeLosses? losses = null, Func<string, Stream?>? beside = null) =>
        ReadAsync(PromptfooTests.ReadAsync("t.yaml", Stream(text), beside ?? (_ => null), losses ?? new ExchangeLosses(), TestContext.Current.CancellationToken));

    public static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();

    /// <summary>All that a sample says, in one line.</summary>
    public static string Say(SampleDraft sample) => sample.Line(sample.Id ?? "");
}
