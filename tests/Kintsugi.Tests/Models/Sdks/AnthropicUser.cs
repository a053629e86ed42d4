using System.Globalization;
using System.Text;
using System.Text.Json;
using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using AnthropicTool = Anthropic.Models.Messages.Tool;

namespace Kintsugi.Tests.Models.Sdks;

/// <summary>The Anthropic library for .NET: messages, their count and models.</summary>
internal sealed class AnthropicUser : DotNetUser
{
    public static SdkUser Instance { get; } = new AnthropicUser().AskAllAsync;

    private static readonly IReadOnlyDictionary<string, JsonElement> Schema = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(OpenAiChatUser.Schema)!;

    protected override async Task<Heard> AskAsync(Uri gateway, string key, Ask ask, Action begun, CancellationToken cancellationToken)
    {
        var options = new ClientOptions { ApiKey = key, BaseUrl = gateway.ToString().TrimEnd('/') };
        if (ask.Retries is { } retries) options.MaxRetries = retries;
        using var client = new AnthropicClient(options);
        return ask.Kind switch
        {
            "models" => Heard.Nothing with { Items = [.. (await client.Models.List(cancellationToken: cancellationToken)).Items.Select(model => model.ID)] },
            "count" => await CountAsync(client, ask, cancellationToken),
            _ when ask.IsStreamed => await StreamAsync(client, ask, begun, cancellationToken),
            _ => Read(await client.Messages.Create(Parameters(ask), cancellationToken)),
        };
    }

    protected override SdkError? Own(Exception error) => error switch
    {
        AnthropicApiException e => new(e.GetType().Name, IsTyped: true, (int)e.StatusCode, e.Message),
        AnthropicException e => new(e.GetType().Name, IsTyped: true, null, e.Message),
        _ => null,
    };

    private static async Task<Heard> CountAsync(AnthropicClient client, Ask ask, CancellationToken cancellationToken)
    {
        var count = await client.Messages.CountTokens(new MessageCountTokensParams { Model = ask.Model, Messages = Messages(ask) }, cancellationToken);
        return Heard.Nothing with { Items = [count.InputTokens.ToString(CultureInfo.InvariantCulture)] };
    }

    private static async Task<Heard> StreamAsync(AnthropicClient client, Ask ask, Action begun, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var calls = new SortedDictionary<long, ToolCall>();
        var (finish, input, output) = ("none", 0L, 0L);
        await foreach (var one in client.Messages.CreateStreaming(Parameters(ask), cancellationToken))
            if (one.TryPickStart(out var start)) input = Input(start.Message.Usage.InputTokens, start.Message.Usage.CacheReadInputTokens);
            else if (one.TryPickContentBlockStart(out var block) && block.ContentBlock.TryPickToolUse(out var call)) calls[block.Index] = new ToolCall(call.ID, call.Name, "");
            else if (one.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var piece))
            {
                text.Append(piece.Text);
                begun();
            }
            else if (delta?.Delta.TryPickInputJson(out var json) == true) calls[delta.Index] = calls[delta.Index] with { Arguments = calls[delta.Index].Arguments + json.PartialJson };
            else if (one.TryPickDelta(out var last)) (finish, input, output) = (
                Finish(last.Delta.StopReason), last.Usage.InputTokens is { } all ? Input(all, last.Usage.CacheReadInputTokens) : input, last.Usage.OutputTokens);
        return new(text.ToString(), [.. calls.Values], finish, input, output);
    }

    private static Heard Read(Message message) => new(
        string.Concat(message.Content.Select(block => block.TryPickText(out var text) ? text.Text : "")),
        [.. message.Content.Select(block => block.TryPickToolUse(out var call) ? new ToolCall(call.ID, call.Name, JsonSerializer.Serialize(call.Input)) : null).OfType<ToolCall>()],
        Finish(message.StopReason), Input(message.Usage.InputTokens, message.Usage.CacheReadInputTokens), message.Usage.OutputTokens);

    /// <summary>Anthropic counts apart what came from a cache.</summary>
    private static long Input(long tokens, long? cached) => tokens + (cached ?? 0);

    private static MessageCreateParams Parameters(Ask ask)
    {
        var parameters = new MessageCreateParams { Model = ask.Model, MaxTokens = ask.MostTokens, Messages = Messages(ask), System = "Be brief." };
        if (ask.Tools is { } tools) parameters = parameters with { Tools = [.. tools.Select(tool => (ToolUnion)new AnthropicTool { Name = tool, Description = "Tells of a place.", InputSchema = new InputSchema(Schema) })] };
        return ask.WantsJson ? parameters with { OutputConfig = new OutputConfig { Format = new JsonOutputFormat { Schema = Schema } } } : parameters;
    }

    private static List<MessageParam> Messages(Ask ask)
    {
        List<object> messages = [new
        {
            role = "user",
            content = ask.Image is { } image
                ? (object[])[new { type = "text", text = ask.Text }, new { type = "image", source = new { type = "base64", media_type = "image/png", data = image } }]
                : (object)ask.Text,
        }];
        if (ask.Results is { } results)
        {
            messages.Add(new { role = "assistant", content = results.Select((_, n) => new { type = "tool_use", id = $"call_{n}", name = ask.Tools![n], input = JsonSerializer.Deserialize<JsonElement>(VendorReply.Json) }) });
            messages.Add(new { role = "user", content = results.Select((result, n) => new { type = "tool_result", tool_use_id = $"call_{n}", content = result }) });
        }
        return [.. messages.Select(message => new MessageParam(JsonSerializer.SerializeToElement(message)))];
    }

    private static string Finish(ApiEnum<string, StopReason>? reason) => reason?.Value() switch
    {
        StopReason.EndTurn => "stop",
        StopReason.MaxTokens => "length",
        StopReason.ToolUse => "tools",
        null => "none",
        var other => other.ToString()!,
    };
}
