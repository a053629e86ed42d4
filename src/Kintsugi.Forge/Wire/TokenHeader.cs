using System.Net.Http.Headers;

namespace Kintsugi.Forge.Wire;

internal sealed class TokenHeader(string token) : ForgeHandler.ICredentials
{
    public ValueTask AddToAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return ValueTask.CompletedTask;
    }

    public bool Renews() => false;
}
