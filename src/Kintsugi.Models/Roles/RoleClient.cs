using System.ClientModel;
using System.ClientModel.Primitives;
using Kintsugi.Models.Gateway;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Kintsugi.Models.Roles;

/// <summary>The gateway as the ecosystem's own abstraction of a model, for triage, repair and judges.</summary>
/// <remarks>
/// The OpenAI SDK asks it in this process, without a socket, so our own roles take the same way as agents: the route with its fallbacks and translation,
/// budget, limits and recordings.
/// </remarks>
public static class RoleClient
{
    private static readonly Uri Anywhere = new("http://gateway.invalid/v1");

    /// <param name="calls">Names the role, and gathers what was asked.</param>
    /// <returns>
    /// A client that throws <see cref="ModelUnavailableException"/> for faults of the world and <see cref="ClientResultException"/> when the request itself is
    /// refused. Retries are the gateway's. The caller disposes it.
    /// </returns>
    /// <exception cref="BadModelsConfigException">The role's route cannot be used.</exception>
    public static IChatClient Create(ModelGateway gateway, SampleCalls calls)
    {
        var options = new OpenAIClientOptions
        {
            Endpoint = Anywhere,
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            Transport = new HttpClientPipelineTransport(new HttpClient(new GatewayHandler(gateway, calls)) { Timeout = Timeout.InfiniteTimeSpan }),
        };
        var model = gateway.RouteOf(calls.Role)[0].Model ?? throw new ArgumentException($"The role '{calls.Role}' names its model in each request.", nameof(calls));
        return new OpenAI.Chat.ChatClient(model, new ApiKeyCredential("none"), options).AsIChatClient();
    }
}
