using System.Text.Json.Nodes;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Tracing.Dialects;

/// <summary>The captures of real instrumentations themselves, where they are: each SDK made the same calls, so each must tell the same.</summary>
public class CaptureTests
{
    [Theory]
    [InlineData("otel-openai", TraceDialect.OpenTelemetry, 1, 1)]
    [InlineData("otel-openai-latest", TraceDialect.OpenTelemetry, 1, 1)]
    [InlineData("openinference", TraceDialect.OpenInference, null, null)]
    [InlineData("traceloop", TraceDialect.Traceloop, 6, 2)]
    [InlineData("aisdk6", TraceDialect.AiSdk, 1, 1)]
    [InlineData("aisdk7-genai", TraceDialect.AiSdk, 1, 1)]
    [InlineData("aisdk7-legacy", TraceDialect.AiSdk, 1, 1)]
    public void Every_instrumentation_tells_of_the_same_three_calls(string name, TraceDialect dialect, int? streamedInput, int? streamedOutput)
    {
        var path = Find(name);
        Assert.SkipWhen(path is null, $"{name}.json lies in no shared/reference/genai-captures directory beside or above the repository.");

        var traces = CapturedSpans.Traces(File.ReadAllText(path!));

        var calls = traces.SelectMany(t => t.ModelCalls).ToList();
        var answered = calls.Where(c => c.Error is null).ToList();
        Assert.Equal(3, answered.Count);
        Assert.All(calls, c => Assert.Equal(dialect, c.Dialect));
        Assert.All(calls, c => Assert.Equal("gpt-4o-mini", c.ModelAsked));
        Assert.All(calls, c => Assert.Equal(dialect == TraceDialect.AiSdk ? "stub" : "openai", c.Provider));
        Assert.Equal(["stop", "stop", "tool_calls"], answered.Select(c => Assert.Single(c.FinishReasons)));
        Assert.Equal([1, 1], answered.Where((_, i) => i != 1).Select(c => c.Usage!.Input));
        Assert.Equal((streamedInput, streamedOutput), ((int?)answered[1].Usage?.Input, (int?)answered[1].Usage?.Output));
        Assert.All(traces.SelectMany(t => t.Operations), o => Assert.Null(o.UsageWithin));
        if (dialect == TraceDialect.OpenTelemetry)
        {
            Assert.Equal(new OperationError("InternalServerError", "500 stub server error"), calls[3].Error);
            return; // it sent what was said as log records, which were not captured
        }
        Assert.All(answered, c => Assert.Equal([("system", "You are terse."), ("user", "Say hi")], c.Messages.Select(m => (m.Role, ((TextPart)Assert.Single(m.Parts)).Text))));
        Assert.All(answered.Take(2), c => Assert.Equal(new TextPart("Say hi"), Assert.Single(Assert.Single(c.Answer).Parts)));
        Assert.Equal(["get_weather"], answered[2].Tools);
        var tool = Assert.Single(traces.SelectMany(t => t.ToolCalls));
        Assert.Equal(("get_weather", "call_1", dialect != TraceDialect.AiSdk), (tool.Tool, tool.CallId, tool.OnlyAsked));
        Assert.True(JsonNode.DeepEquals(tool.Input, JsonNode.Parse("""{"city":"Paris"}""")));
        if (!tool.OnlyAsked) Assert.True(JsonNode.DeepEquals(tool.Output, JsonNode.Parse("""{"t":20}""")));
    }

    private static string? Find(string name)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var path = Path.Combine(directory.FullName, "shared", "reference", "genai-captures", name + ".json");
            if (File.Exists(path)) return path;
        }
        return null;
    }
}
