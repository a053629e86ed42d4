using System.Globalization;
using System.Text.RegularExpressions;
using Kintsugi.Models.Routing;
using Kintsugi.Models.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kintsugi.Models.Gateway;

/// <summary>What agents call in place of a model provider.</summary>
/// <remarks>
/// Only method, path, body and the headers of the wire format (<see cref="ModelRequest.Headers"/>) of a request are passed on: no other header of an agent
/// reaches a provider, and no header of a provider an agent.
/// </remarks>
public static partial class GatewayEndpoints
{
    public const int MaxRequestBytes = RequestBody.MaxBytes;

    private static readonly TimeSpan TimeToRead = TimeSpan.FromSeconds(1);

    private static readonly string[] Posts =
        [WirePaths.Chat, WirePaths.Completions, WirePaths.Embeddings, WirePaths.Responses, WirePaths.Messages, WirePaths.CountTokens];

    private static readonly string[] WireHeaders = ["anthropic-beta", "anthropic-version", "openai-beta"];

    /// <param name="seatOf">Names the sample by its connection; null when the connection belongs to none.</param>
    public static void Map(IEndpointRouteBuilder routes, Func<HttpContext, GatewaySeat?> seatOf)
    {
        foreach (var path in Posts) routes.MapPost(path, Seated(seatOf, (context, seat) => PassOnAsync(context, seat, path)));
        routes.MapGet(WirePaths.Models, Seated(seatOf, ListModelsAsync));
        foreach (var pattern in (string[])["/v1beta/{**rest}", "/v1alpha/{**rest}", "/v1/projects/{**rest}", "/v1beta1/projects/{**rest}"])
            routes.Map(pattern, Seated(seatOf, (context, seat) => RefuseAsync(context, seat, WireErrors.Google(404, NotSpoken("Google's (Gemini, Vertex AI)")))));
        routes.Map("/model/{**rest}", Seated(seatOf, (context, seat) => RefuseAsync(context, seat, WireErrors.Amazon(404, NotSpoken("Amazon Bedrock's")))));
        routes.Map("/v1/{**rest}", Seated(seatOf, (context, seat) => RefuseAsync(
            context, seat, WireErrors.In(context.Request.Path, 404, "unknown_path", $"This path is not served. Served are {string.Join(", ", Posts)} and {WirePaths.Models}."), fault: null)));
    }

    private static string NotSpoken(string whose) =>
        $"{whose} wire format is not spoken here. Let the agent use the OpenAI format (OPENAI_BASE_URL) or the Anthropic format (ANTHROPIC_BASE_URL): the provider behind may be any.";

    private static RequestDelegate Seated(Func<HttpContext, GatewaySeat?> seatOf, Func<HttpContext, GatewaySeat, Task> serve) => context =>
        seatOf(context) is { } seat
            ? serve(context, seat)
            : SendAsync(context, WireErrors.In(context.Request.Path, 403, "no_sample", "This connection belongs to no sample that is running."));

    private static async Task PassOnAsync(HttpContext context, GatewaySeat seat, string path)
    {
        if (context.Request.Headers.ContentEncoding.Count > 0)
        {
            await SendAsync(context, WireErrors.In(path, 415, "content_encoding", "Compressed requests are not read. Send the body as it is."));
            return;
        }
        if (await RequestBody.ReadAsync(context.Request, context.RequestAborted) is not { } body)
        {
            await SendAsync(context, WireErrors.In(path, 413, "too_large", $"The request is larger than {MaxRequestBytes / 1024 / 1024} MiB."));
            return;
        }
        if (body.Length == 0)
        {
            await SendAsync(context, WireErrors.In(path, 400, "invalid_json", "The request has no body. Send a JSON object."));
            return;
        }
        await AnswerAsync(context, seat, new ModelRequest(path, body) { Headers = HeadersOfTheWire(context.Request.Headers) });
    }

    /// <summary>Lists what the provider serves, in the format that the caller's library reads.</summary>
    private static async Task ListModelsAsync(HttpContext context, GatewaySeat seat)
    {
        var answer = await seat.Gateway.AskAsync(ModelsList.Question, seat.Calls, context.RequestAborted);
        var wantsAnthropic = context.Request.Headers.ContainsKey("anthropic-version");
        if (answer.Status == 200 && wantsAnthropic != IsAnthropicList(answer.Body.Span))
        {
            string[] names = [.. ModelsList.Read(answer.Body)];
            answer = answer with { Body = wantsAnthropic ? ModelsList.Anthropic(names) : ModelsList.OpenAi(names) };
        }
        await SendAsync(context, answer);
    }

    private static bool IsAnthropicList(ReadOnlySpan<byte> answer) => answer.IndexOf("\"has_more\""u8) >= 0 && answer.IndexOf("\"object\""u8) < 0;

    private static KeyValuePair<string, string>[] HeadersOfTheWire(IHeaderDictionary headers)
    {
        List<KeyValuePair<string, string>>? kept = null;
        foreach (var name in WireHeaders)
            if (headers.TryGetValue(name, out var values) && string.Join(",", values.ToArray()) is { Length: > 0 } value && Plain().IsMatch(value)) (kept ??= []).Add(new(name, value));
        return kept is null ? [] : [.. kept];
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9 .,:=_-]{0,499}$")]
    private static partial Regex Plain();

    /// <param name="fault">A vendor's wire that is not spoken is our want; any other path is the agent's mistake, as it would be at the vendor's.</param>
    private static Task RefuseAsync(HttpContext context, GatewaySeat seat, ModelAnswer answer, string? fault = Faults.NotSpoken)
    {
        var request = new ModelRequest(context.Request.Path, ReadOnlyMemory<byte>.Empty);
        return SendAsync(context, ModelGateway.Refuse(request, seat.Calls, "", fault, answer).Answer);
    }

    private static async Task AnswerAsync(HttpContext context, GatewaySeat seat, ModelRequest request)
    {
        var aborted = context.RequestAborted;
        RelayedAnswer relayed;
        try
        {
            relayed = await seat.Gateway.RelayAsync(request, seat.Calls, (contentType, chunk, token) => StreamAsync(context.Response, contentType, chunk, token), aborted);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested || context.Response.HasStarted)
        {
            context.Abort(); // the agent hung up, or takes nothing: nobody is left to answer, and the gateway has recorded it
            return;
        }
        if (relayed.IsBroken) await BreakOffAsync(context, relayed.LastWords);
        else if (!relayed.IsRelayed) await SendAsync(context, relayed.Answer);
    }

    /// <summary>Ends a broken stream as one: an ordinary end would pass half an answer off as a whole one.</summary>
    /// <remarks>A library that knows the last words hangs up. Who waits for more is given time to read, because an abort overtakes what is still on its way.</remarks>
    private static async Task BreakOffAsync(HttpContext context, ReadOnlyMemory<byte> lastWords)
    {
        try
        {
            await context.Response.BodyWriter.WriteAsync(lastWords, context.RequestAborted);
            await Task.Delay(TimeToRead, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // it has hung up
        }
        context.Abort();
    }

    private static async ValueTask StreamAsync(HttpResponse response, string contentType, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        if (!response.HasStarted) response.ContentType = contentType;
        await response.BodyWriter.WriteAsync(chunk, cancellationToken);
    }

    private static async Task SendAsync(HttpContext context, ModelAnswer answer)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        if (answer.RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
        await response.BodyWriter.WriteAsync(answer.Body, context.RequestAborted);
    }
}
