using System.Globalization;
using Kintsugi.Models.Routing;
using Kintsugi.Models.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kintsugi.Models.Gateway;

/// <summary>What agents call in place of a model provider.</summary>
/// <remarks>Only method, path and body of a request are passed on: no header of an agent reaches a provider, and no header of a provider an agent.</remarks>
public static class GatewayEndpoints
{
    public const int MaxRequestBytes = RequestBody.MaxBytes;

    /// <param name="seatOf">Names the sample by its connection; null when the connection belongs to none.</param>
    public static void Map(IEndpointRouteBuilder routes, Func<HttpContext, GatewaySeat?> seatOf)
    {
        foreach (var path in (string[])["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"])
            routes.MapPost(path, Seated(seatOf, (context, seat) => PassOnAsync(context, seat, path)));
        routes.MapGet("/v1/models", Seated(seatOf, ListModelsAsync));
        routes.MapPost("/v1/messages", Seated(seatOf, RefuseAnthropicAsync));
        routes.Map("/v1/{**rest}", Seated(seatOf, RefusePathAsync));
    }

    private static RequestDelegate Seated(Func<HttpContext, GatewaySeat?> seatOf, Func<HttpContext, GatewaySeat, Task> serve) => context =>
        seatOf(context) is { } seat
            ? serve(context, seat)
            : SendAsync(context, WireErrors.OpenAi(403, "no_sample", "This connection belongs to no sample that is running."));

    private static async Task PassOnAsync(HttpContext context, GatewaySeat seat, string path)
    {
        if (context.Request.Headers.ContentEncoding.Count > 0)
        {
            await SendAsync(context, WireErrors.OpenAi(415, "content_encoding", "Compressed requests are not read. Send the body as it is."));
            return;
        }
        if (await RequestBody.ReadAsync(context.Request, context.RequestAborted) is not { } body)
        {
            await SendAsync(context, WireErrors.OpenAi(413, "too_large", $"The request is larger than {MaxRequestBytes / 1024 / 1024} MiB."));
            return;
        }
        if (body.Length == 0)
        {
            await SendAsync(context, WireErrors.OpenAi(400, "invalid_json", "The request has no body. Send a JSON object."));
            return;
        }
        await AnswerAsync(context, seat, new ModelRequest(path, body));
    }

    private static Task ListModelsAsync(HttpContext context, GatewaySeat seat) =>
        AnswerAsync(context, seat, new ModelRequest("/v1/models", ReadOnlyMemory<byte>.Empty));

    private static Task RefuseAnthropicAsync(HttpContext context, GatewaySeat seat)
    {
        const string words = "No provider of kind 'anthropic' is configured. Let the agent use the OpenAI format (OPENAI_BASE_URL), or add such a provider.";
        return RefuseAsync(context, seat, WireErrors.Anthropic(404, "not_found_error", words));
    }

    private static Task RefusePathAsync(HttpContext context, GatewaySeat seat) =>
        RefuseAsync(context, seat, WireErrors.OpenAi(
            404, Faults.NotSpoken, "This path is not served. Served are /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/responses and /v1/models."));

    /// <summary>A wire that is not served is our want, not the agent's mistake: the sample is told so.</summary>
    private static Task RefuseAsync(HttpContext context, GatewaySeat seat, ModelAnswer answer)
    {
        var request = new ModelRequest(context.Request.Path, ReadOnlyMemory<byte>.Empty);
        return SendAsync(context, ModelGateway.Refuse(request, seat.Calls, "", Faults.NotSpoken, answer).Answer);
    }

    private static async Task AnswerAsync(HttpContext context, GatewaySeat seat, ModelRequest request)
    {
        var aborted = context.RequestAborted;
        RelayedAnswer relayed;
        try
        {
            relayed = await seat.Gateway.RelayAsync(request, seat.Calls, (contentType, chunk, token) => StreamAsync(context.Response, contentType, chunk, token), aborted);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            return; // the agent hung up: nobody is left to answer, and the gateway has recorded it
        }
        if (relayed.IsBroken) context.Abort(); // an ordinary end would pass half an answer off as a whole one
        else if (!relayed.IsRelayed) await SendAsync(context, relayed.Answer);
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
