using Kintsugi.Models.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Kintsugi.Models.Upstreams;

/// <summary>What agents call in place of an upstream.</summary>
public static class UpstreamEndpoints
{
    /// <summary>Where an agent finds an upstream, below the gateway's address.</summary>
    public static string PathOf(string upstream) => UpstreamAddress.Prefix + upstream;

    /// <summary>The upstream that a path of the gateway leads to; null when it leads to none.</summary>
    public static string? UpstreamOf(string path) => UpstreamAddress.Split(path)?.Upstream;

    /// <param name="callsOf">Names the sample by its connection; null when the connection belongs to none.</param>
    public static void Map(IEndpointRouteBuilder routes, UpstreamGateway gateway, Func<HttpContext, SampleCalls?> callsOf) =>
        routes.Map(UpstreamAddress.Prefix + "{**rest}", context => ServeAsync(context, gateway, callsOf(context)));

    private static async Task ServeAsync(HttpContext context, UpstreamGateway gateway, SampleCalls? calls)
    {
        var (request, aborted) = (context.Request, context.RequestAborted);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (calls is null || UpstreamAddress.Split(target) is not var (upstream, rest))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        try
        {
            var body = await RequestBody.ReadAsync(request, aborted);
            var asked = new UpstreamRequest(upstream, request.Method, rest, UpstreamHeaders.Sent(request.Headers, gateway.AddedTo(upstream)), body);
            await (body is null ? gateway.RefuseLargeAsync(asked, calls, context.Response, aborted) : gateway.RelayAsync(asked, calls, context.Response, aborted));
        }
        catch (OperationCanceledException)
        {
            return; // the agent hung up: nobody is left to answer, and the gateway has recorded it
        }
    }
}
