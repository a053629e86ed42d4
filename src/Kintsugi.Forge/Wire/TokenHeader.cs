using System.Net.Http.Headers;

namespace Kintsugi.Forge.Wire;

internal sealed class TokenHeader : ForgeHandler.ICredentials
{
    private readonly AuthenticationHeaderValue _header;

    /// <exception cref="ForgeException">No header can carry it.</exception>
    public TokenHeader(string token)
    {
        if (token.Length == 0) throw new ForgeException("The forge's token is empty. Give one under `review.token`.");
        if (token.Any(c => c is <= ' ' or > '~'))
            throw new ForgeException("The forge's token has characters that no token has: white space, line ends, or others that are not ASCII. Give it as the forge showed it.");
        _header = new AuthenticationHeaderValue("Bearer", token);
    }

    public ValueTask AddToAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = _header;
        return ValueTask.CompletedTask;
    }

    public bool Renews() => false;
}
