using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;

namespace Kintsugi.Tests.Models.Sdks;

/// <summary>The OpenAI library for .NET: chat completions, embeddings and models.</summary>
internal sealed class OpenAiChatUser : DotNetUser
{
    public static SdkUser Instance { get; } = new OpenAiChatUser().AskAllAsync;

    /// <summary>What every library of OpenAI is told of a tool or an answer in JSON.</summary>
    public static BinaryData Schema { get; } = BinaryData.FromString(
        """{"type":"object","properties":{"city":{"type":"string"},"degrees":{"type":"number"}},"required":["city","degrees"],"additionalProperties":false}""");

    protected override async Task<Heard> AskAsync(Uri gateway, string key, Ask ask, Action begun, CancellationToken cancellationToken)
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(gateway, "v1") };
        if (ask.Retries is { } retries) options.RetryPolicy = new ClientRetryPolicy(retries);
        var credential = new ApiKeyCredential(key);
        return ask.Kind switch
        {
            "models" => await ListAsync(new OpenAIModelClient(credential, options), cancellationToken),
            "embed" => await EmbedAsync(new EmbeddingClient(ask.Model, credential, options), ask, cancellationToken),
            _ when ask.IsStreamed => await StreamAsync(new ChatClient(ask.Model, credential, options), ask, begun, cancellationToken),
            _ => await WholeAsync(new ChatClient(ask.Model, credential, options), ask, cancellationToken),
        };
    }

    protected override SdkError? Own(Exception error) => OwnOf(error);

    public static SdkError? OwnOf(Exception error) => error switch
    {
        ClientResultException e => new(nameof(ClientResultException), IsTyped: true, e.Status, e.Message),
        AggregateException { InnerExceptions: [.., ClientResultException last] } => new(nameof(AggregateException), IsTyped: true, last.Status, last.Message),
        _ => null,
    };

    private static async Task<Heard> WholeAsync(ChatClient client, Ask ask, CancellationToken cancellationToken)
    {
        ChatCompletion answer = await client.CompleteChatAsync(Messages(ask), Options(ask), cancellationToken);
        return new(
            string.Concat(answer.Content.Select(part => part.Text)), [.. answer.ToolCalls.Select(call => new ToolCall(call.Id, call.FunctionName, call.FunctionArguments.ToString()))],
            Finish(answer.FinishReason), answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount);
    }

    private static async Task<Heard> StreamAsync(ChatClient client, Ask ask, Action begun, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var calls = new SortedDictionary<int, ToolCall>();
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in client.CompleteChatStreamingAsync(Messages(ask), Options(ask), cancellationToken))
        {
            foreach (var part in update.ContentUpdate) text.Append(part.Text);
            if (text.Length > 0) begun();
            foreach (var call in update.ToolCallUpdates)
            {
                var known = calls.GetValueOrDefault(call.Index) ?? new ToolCall(call.ToolCallId, call.FunctionName, "");
                calls[call.Index] = known with { Arguments = known.Arguments + call.FunctionArgumentsUpdate };
            }
            finish = update.FinishReason ?? finish;
            usage = update.Usage ?? usage;
        }
        return new(text.ToString(), [.. calls.Values], finish is { } reason ? Finish(reason) : "none", usage?.InputTokenCount ?? 0, usage?.OutputTokenCount ?? 0);
    }

    private static async Task<Heard> EmbedAsync(EmbeddingClient client, Ask ask, CancellationToken cancellationToken)
    {
        var answer = (await client.GenerateEmbeddingsAsync([ask.Text], cancellationToken: cancellationToken)).Value;
        return Heard.Nothing with { Items = [.. answer[0].ToFloats().ToArray().Select(one => one.ToString(CultureInfo.InvariantCulture))] };
    }

    private static async Task<Heard> ListAsync(OpenAIModelClient client, CancellationToken cancellationToken)
    {
        var models = (await client.GetModelsAsync(cancellationToken)).Value;
        return Heard.Nothing with { Items = [.. models.Select(model => model.Id)] };
    }

    private static List<ChatMessage> Messages(Ask ask)
    {
        List<ChatMessage> messages = [new SystemChatMessage("Be brief.")];
        messages.Add(ask.Image is { } image
            ? new UserChatMessage(ChatMessageContentPart.CreateTextPart(ask.Text), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(Convert.FromBase64String(image)), "image/png"))
            : new UserChatMessage(ask.Text));
        if (ask.Results is not { } results) return messages;
        messages.Add(new AssistantChatMessage(ask.Tools!.Select((tool, n) => ChatToolCall.CreateFunctionToolCall($"call_{n}", tool, BinaryData.FromString(VendorReply.Json)))));
        for (var n = 0; n < results.Count; n++) messages.Add(new ToolChatMessage($"call_{n}", results[n]));
        return messages;
    }

    private static ChatCompletionOptions Options(Ask ask)
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = ask.MostTokens };
        foreach (var tool in ask.Tools ?? []) options.Tools.Add(ChatTool.CreateFunctionTool(tool, "Tells of a place.", Schema));
        if (ask.WantsJson) options.ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("place", Schema, jsonSchemaIsStrict: true);
        return options;
    }

    private static string Finish(ChatFinishReason reason) => reason switch
    {
        ChatFinishReason.Stop => "stop",
        ChatFinishReason.Length => "length",
        ChatFinishReason.ToolCalls => "tools",
        _ => reason.ToString(),
    };
}
