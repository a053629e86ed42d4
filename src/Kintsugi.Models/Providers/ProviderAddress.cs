namespace Kintsugi.Models.Providers;

/// <summary>Where a request goes: a provider's base URL joined with the path that the agent asked for.</summary>
public static class ProviderAddress
{
    /// <summary>`https://host/v1` and `/v1/chat/completions` make `https://host/v1/chat/completions`.</summary>
    /// <param name="baseUrl">As the vendor's SDKs take it: whatever stands before `/chat/completions`. With no path at all it means `/v1`. A query stays.</param>
    /// <param name="path">Begins with `/v1/`.</param>
    public static Uri Join(Uri baseUrl, string path)
    {
        var root = baseUrl.AbsolutePath.TrimEnd('/');
        return new UriBuilder(baseUrl) { Path = (root.Length == 0 ? "/v1" : root) + path["/v1".Length..] }.Uri;
    }

    /// <summary>`https://host` and `/v1/messages` make `https://host/v1/messages`, and so does `https://host/v1`.</summary>
    /// <param name="baseUrl">As the Anthropic SDKs take it: whatever stands before `/v1/messages`.</param>
    /// <param name="path">Begins with `/v1/`.</param>
    public static Uri JoinBelow(Uri baseUrl, string path)
    {
        var root = baseUrl.AbsolutePath.TrimEnd('/');
        return new UriBuilder(baseUrl) { Path = (root.EndsWith("/v1", StringComparison.Ordinal) ? root[..^"/v1".Length] : root) + path }.Uri;
    }

    /// <exception cref="BadModelsConfigException">It is no absolute http or https URL, or carries a user name or password.</exception>
    public static Uri Check(ProviderConfig provider)
    {
        var key = $"models.providers.{provider.Name}.url";
        if (provider.Url is not { IsAbsoluteUri: true } url)
            throw new BadModelsConfigException(key, "An 'openai' provider needs a url, such as https://api.openai.com/v1.");
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            throw new BadModelsConfigException(key, $"'{url.Scheme}' is not spoken. Use an http or https URL.");
        if (url.UserInfo.Length > 0)
            throw new BadModelsConfigException(key, "The URL holds a user name or password, which would be shown in messages. Use `key: ${VARIABLE}`.");
        return url;
    }
}
