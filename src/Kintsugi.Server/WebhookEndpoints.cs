using Kintsugi.Forge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Kintsugi.Server;

/// <summary>Where forges say that something happened.</summary>
/// <param name="Woken">Called for every delivery that is the forge's and new; it returns at once.</param>
public sealed record WebhookPlace(WebhookGate Gate, Action Woken);

/// <summary>`POST /webhooks/github` and `/webhooks/gitlab`.</summary>
public static class WebhookEndpoints
{
    public const string Root = "/webhooks";

    internal static void Map(WebApplication application, WebhookPlace place)
    {
        application.MapPost(Root + "/github", async context =>
        {
            // A little above what is counted here, for the frames of a body that comes in chunks.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = WebhookGate.MostBytes + (1 << 20);
            var headers = context.Request.Headers;
            Answer(context, place, context.Request.ContentLength > WebhookGate.MostBytes
                ? WebhookAnswer.TooLarge
                : await place.Gate.SignedAsync(headers["X-Hub-Signature-256"], headers["X-GitHub-Delivery"], context.Request.Body, context.RequestAborted));
        });
        application.MapPost(Root + "/gitlab", context =>
        {
            Answer(context, place, place.Gate.Shown(context.Request.Headers["X-Gitlab-Token"], context.Request.Headers["X-Gitlab-Event-UUID"]));
            return Task.CompletedTask;
        });
    }

    private static void Answer(HttpContext context, WebhookPlace place, WebhookAnswer answer)
    {
        if (answer == WebhookAnswer.Accepted) place.Woken();
        context.Response.StatusCode = answer switch
        {
            WebhookAnswer.Accepted or WebhookAnswer.Replayed => StatusCodes.Status202Accepted,
            WebhookAnswer.TooLarge => StatusCodes.Status413PayloadTooLarge,
            _ => StatusCodes.Status401Unauthorized,
        };
    }
}
