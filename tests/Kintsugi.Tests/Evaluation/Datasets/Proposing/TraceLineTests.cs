using System.Text;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets.Proposing;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Evaluation.Datasets.Proposing;

public class TraceLineTests
{
    private static Task<IReadOnlyList<Trace>> Read(string text) => TraceLine.ReadAsync("t.jsonl", new MemoryStream(Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_line_is_a_request_with_the_tools_it_called_and_what_went_wrong()
    {
        var trace = Assert.Single(await Read("""{"id":"x","input":{"q":1},"error":{"type":"HTTPError","message":"503","tool":"crm"},"tools":["search","crm"],"service":"desk","version":"1.2","start":"2026-11-28T10:00:00Z","spare":{}}"""));

        Assert.Equal(("x", "desk", "1.2"), (trace.Id, trace.Service, trace.Version));
        Assert.Equal(["search", "crm"], trace.ToolCalls.Select(t => t.Tool));
        Assert.Equal(("crm", "503"), (Assert.IsType<ToolOperation>(trace.Failure).Tool, trace.Failure!.Error!.Message));
        Assert.Equal(new DateTimeOffset(2026, 11, 28, 10, 0, 0, TimeSpan.Zero), trace.Root!.Start);
    }

    [Theory]
    [InlineData("{\"id\":\"x\"}\n", "t.jsonl(1): The trace has no 'input'.")]
    [InlineData("{\"input\":1,\"id\":7}\n", "t.jsonl(1): 'id' is a number, not a string.")]
    [InlineData("{\"input\":1,\"error\":[]}\n", "t.jsonl(1): 'error' is a list.")]
    [InlineData("{\"input\":1,\"tools\":[{}]}\n", "t.jsonl(1): 'tools' is no list of names.")]
    [InlineData("{\"input\":1,\"start\":\"yesterday\"}\n", "t.jsonl(1): 'start' is no time.")]
    [InlineData("{\"input\":1,\"version\":\"\\ud800\"}\n", "t.jsonl(1): The line is not JSON")]
    [InlineData("{\"input\":1}\nnull\n", "t.jsonl(2): The line is not a JSON object.")]
    public async Task What_is_no_trace_is_refused_with_file_line_and_remedy(string text, string message) =>
        Assert.StartsWith(message, (await Assert.ThrowsAsync<BadFileException>(() => Read(text))).Message, StringComparison.Ordinal);
}
