using System.Buffers;
using System.Text.Json;
using Fluid;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Models;
using Kintsugi.Models.Gateway;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>Protocol prompt: no process at all, a template is filled in and a model asked. It keeps nothing, so one serves all samples at once.</summary>
internal sealed class PromptLane : IAgentLane
{
    private readonly PromptTemplate _template;
    private readonly string? _system;
    private readonly PromptAgent _prompt;
    private readonly ModelGateway _gateway;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;

    /// <exception cref="AgentStartException">The template or the system prompt cannot be used.</exception>
    public PromptLane(AgentDefinition agent, LaidOutVersion version, ModelGateway gateway, TimeProvider clock)
    {
        _prompt = agent.Prompt ?? throw new InvalidOperationException("The agent has no `prompt`.");
        _template = PromptTemplate.Load(version, _prompt.Template);
        _system = _prompt.System is { } file ? PromptTemplate.ReadFile(version, file) : null;
        _gateway = gateway;
        _timeout = agent.Timeout;
        _clock = clock;
    }

    public async Task<Reply> AskAsync(Ask ask, CancellationToken cancellationToken)
    {
        string message;
        try
        {
            message = await _template.RenderAsync(ask.Sample.Input);
        }
        catch (Exception e) when (e is FluidException or InvalidOperationException or FileNotFoundException)
        {
            return Reply.Of(new AgentError("template", $"{_prompt.Template}: {Excerpt.Of(e.Message, 500)}"));
        }
        using var late = new CancellationTokenSource(_timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return Read(await _gateway.AskAsync(new ModelRequest("/v1/chat/completions", Request(message)), ask.Calls, either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Reply.OfWorld($"The model did not answer within {_timeout.TotalSeconds:0.###} s.");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private byte[] Request(string message)
    {
        var body = new ArrayBufferWriter<byte>(message.Length + (_system?.Length ?? 0) + 256);
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteString("model"u8, _prompt.Model);
            writer.WriteStartArray("messages"u8);
            if (_system is not null) WriteMessage(writer, "system"u8, _system);
            WriteMessage(writer, "user"u8, message);
            writer.WriteEndArray();
            if (_prompt.JsonResponse)
            {
                writer.WriteStartObject("response_format"u8);
                writer.WriteString("type"u8, "json_object"u8);
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        return body.WrittenSpan.ToArray();
    }

    private static void WriteMessage(Utf8JsonWriter writer, ReadOnlySpan<byte> role, string content)
    {
        writer.WriteStartObject();
        writer.WriteString("role"u8, role);
        writer.WriteString("content"u8, content);
        writer.WriteEndObject();
    }

    private Reply Read(ModelAnswer answer)
    {
        if (answer.Status is < 200 or >= 300)
            return Reply.Of(new AgentError("refused", $"The model refused with status {answer.Status}: {Excerpt.Of(System.Text.Encoding.UTF8.GetString(answer.Body.Span), 500)}"));
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            if (Content(document.RootElement) is not { } text) return Reply.Of(new AgentError("bad_answer", "The model answered without text."));
            return _prompt.JsonResponse ? ReadJson(text) : Reply.Of(JsonSerializer.SerializeToElement(text, StoredResultJson.Default.String));
        }
        catch (JsonException)
        {
            return Reply.Of(new AgentError("bad_answer", "The model's answer is not in the chat format."));
        }
    }

    private static Reply ReadJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var said = AnswerJson.Checked(document.RootElement);
            return new Reply(said.Output, said.Error, null, false, "", []);
        }
        catch (JsonException e)
        {
            return Reply.Of(new AgentError("bad_answer", $"The model was to answer in JSON and did not: {Excerpt.Of(e.Message, 200)} It wrote: {Excerpt.Of(text, 500)}"));
        }
    }

    private static string? Content(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("choices"u8, out var choices) && choices.ValueKind == JsonValueKind.Array
        && choices.GetArrayLength() > 0 && choices[0].ValueKind == JsonValueKind.Object && choices[0].TryGetProperty("message"u8, out var message)
            ? AnswerJson.StringOf(message, "content"u8)
            : null;
}
