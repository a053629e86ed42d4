using System.Buffers;
using System.Text.Json;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>Any program judges: it reads {input, target, output, trajectory} on standard input and writes {"score": 0..1, "reason": "…"}.</summary>
/// <remarks>The hash knows the command line, not the program: bless again after changing what the program decides.</remarks>
internal sealed class CommandScorer(string name, string hash, string commandLine, double pass, ScorerContext context) : IScorer
{
    private const int LongestReason = 500;

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public string Name { get; } = name;

    public string Hash { get; } = hash;

    public async ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken)
    {
        var outcome = await context.Run(commandLine, Question(answer), cancellationToken);
        if (outcome.ExitCode != 0)
            throw new ScorerException(Name, $"the program ended with exit code {outcome.ExitCode}: {Shown.Word(outcome.Error, 300)} Run it by hand on one sample.");
        var (value, reason) = Read(outcome.Output);
        return new Score(Name, value, value >= pass, reason);
    }

    private static ReadOnlyMemory<byte> Question(Answer answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("id", answer.Sample.Id);
            writer.WriteNumber("epoch", answer.Epoch);
            writer.WritePropertyName("input");
            answer.Sample.Input.WriteTo(writer);
            writer.WritePropertyName("target");
            if (answer.Sample.Target is { } target) target.WriteTo(writer);
            else writer.WriteNullValue();
            writer.WritePropertyName("output");
            answer.Output.WriteTo(writer);
            writer.WriteStartObject("trajectory");
            writer.WritePropertyName("steps");
            JsonSerializer.Serialize(writer, answer.Trajectory.Steps, SnakeCase);
            writer.WriteString("standard_error", answer.Trajectory.StandardError);
            writer.WritePropertyName("notes");
            JsonSerializer.Serialize(writer, answer.Trajectory.Notes, SnakeCase);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private (double Value, string Reason) Read(string output)
    {
        try
        {
            using var said = JsonDocument.Parse(output);
            if (said.RootElement.ValueKind == JsonValueKind.Object
                && said.RootElement.TryGetProperty("score", out var score) && score.ValueKind == JsonValueKind.Number
                && score.TryGetDouble(out var value) && value is >= 0 and <= 1)
            {
                var reason = said.RootElement.TryGetProperty("reason", out var words) && words.ValueKind == JsonValueKind.String ? words.GetString()! : "";
                return (value, Shown.Word(reason, LongestReason));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ScorerException(Name, $"the program wrote '{Shown.Word(output)}', which is not JSON. It must write {{\"score\":0..1,\"reason\":\"…\"}} and nothing else.", e);
        }
        throw new ScorerException(Name, $"the program wrote '{Shown.Word(output)}' without a \"score\" from 0 to 1. It must write {{\"score\":0..1,\"reason\":\"…\"}}.");
    }
}
