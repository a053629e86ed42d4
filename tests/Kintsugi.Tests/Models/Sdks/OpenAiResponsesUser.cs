#pragma warning disable OPENAI001 // The library marks its part for responses as one that may change.
using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI.Responses;

namespace Kintsugi.Tests.Models.Sdks;

/// <summary>The OpenAI library for .NET: responses.</summary>
internal sealed class OpenAiResponsesUser : DotNetUser
{
    public static SdkUser Instance { get; } = new OpenAiResponsesUser().AskAllAsync;

    protected override async Task<Heard> AskAsync(Uri gateway, string key, Ask ask, Action begun, CancellationToken cancellationToken)
    {
        var options = new ResponsesClientOptions { Endpoint = new Uri(gateway, "v1") };
        if (ask.Retries is { } retries) options.RetryPolicy = new ClientRetryPolicy(retries);
        var client = new ResponsesClient(new ApiKeyCredential(key), options);
        if (!ask.IsStreamed) return Read(await client.CreateResponseAsync(Options(ask), cancellationToken));
        Heard? heard = null;
        var text = "";
        await foreach (var update in await client.CreateResponseStreamingAsync(Options(ask), cancellationToken))
            switch (update)
            {
                case StreamingResponseOutputTextDeltaUpdate delta:
                    text += delta.Delta;
                    begun();
                    break;
                case StreamingResponseErrorUpdate error:
                    throw new ClientResultException($"{error.Code}: {error.Message}");
                case StreamingResponseFailedUpdate failed:
                    throw new ClientResultException($"{failed.Response.Error.Code}: {failed.Response.Error.Message}");
                case StreamingResponseCompletedUpdate done:
                    heard = Read(done.Response);
                    break;
                case StreamingResponseIncompleteUpdate done:
                    heard = Read(done.Response);
                    break;
            }
        if (heard is not null) Assert.Equal(heard.Text, text);
        return heard ?? Heard.Nothing with { Text = text, Finish = "none" };
    }

    protected override SdkError? Own(Exception error) => OpenAiChatUser.OwnOf(error);

    private static Heard Read(ResponseResult response)
    {
        ToolCall[] calls = [.. response.OutputItems.OfType<FunctionCallResponseItem>().Select(call => new ToolCall(call.CallId, call.FunctionName, call.FunctionArguments.ToString()))];
        var finish = response.Status == ResponseStatus.Incomplete ? "length" : calls.Length > 0 ? "tools" : "stop";
        return new(response.GetOutputText() ?? "", calls, finish, response.Usage.InputTokenCount, response.Usage.OutputTokenCount);
    }

    private static CreateResponseOptions Options(Ask ask)
    {
        List<ResponseItem> items = [];
        items.Add(ask.Image is { } image
            ? ResponseItem.CreateUserMessageItem([ResponseContentPart.CreateInputTextPart(ask.Text), ResponseContentPart.CreateInputImagePart(new Uri($"data:image/png;base64,{image}"))])
            : ResponseItem.CreateUserMessageItem(ask.Text));
        for (var n = 0; n < (ask.Results?.Count ?? 0); n++) items.Add(ResponseItem.CreateFunctionCallItem($"call_{n}", ask.Tools![n], BinaryData.FromString(VendorReply.Json)));
        for (var n = 0; n < (ask.Results?.Count ?? 0); n++) items.Add(ResponseItem.CreateFunctionCallOutputItem($"call_{n}", ask.Results![n]));
        var options = new CreateResponseOptions(ask.Model, items) { MaxOutputTokenCount = ask.MostTokens, Instructions = "Be brief.", StoredOutputEnabled = false, StreamingEnabled = ask.IsStreamed ? true : null };
        foreach (var tool in ask.Tools ?? []) options.Tools.Add(ResponseTool.CreateFunctionTool(tool, OpenAiChatUser.Schema, strictModeEnabled: true, "Tells of a place."));
        if (ask.WantsJson) options.TextOptions = new ResponseTextOptions { TextFormat = ResponseTextFormat.CreateJsonSchemaFormat("place", OpenAiChatUser.Schema, jsonSchemaIsStrict: true) };
        return options;
    }
}
