using System.Text.Json;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Providers;

/// <summary>What a provider says when it is asked for the list of its models: the one question that costs nothing and needs the key.</summary>
/// <param name="Well">Null where it answers, but not whether the key is good.</param>
public sealed record ProviderCheck(bool? Well, string Words)
{
    public static async Task<ProviderCheck> AskAsync(IModelProvider provider, ProviderConfig config, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            return Of(await ModelsList.AskAsync(provider, patience, clock, cancellationToken), config);
        }
        catch (TimeoutException)
        {
            return new ProviderCheck(false, $"no answer within {patience.TotalSeconds:0} s");
        }
        catch (HttpRequestException e)
        {
            return new ProviderCheck(false, $"cannot be reached: {e.Message}");
        }
    }

    private static ProviderCheck Of(ModelAnswer answer, ProviderConfig config)
    {
        var variable = config.KeyVariable is { } name ? $"set {name} to a valid one" : "add `key: ${VARIABLE}`";
        try
        {
            return answer.Status switch
            {
                200 => new ProviderCheck(true, $"{(config.Key is null ? "answers" : "key accepted")}, {ModelsList.Read(answer.Body).Count()} models"),
                401 or 403 => new ProviderCheck(false, $"refuses {(config.Key is null ? "calls without a key" : "its key")} ({answer.Status}): {variable}"),
                404 or 405 => new ProviderCheck(null, "answers, and lists no models: whether its key is good the first call will tell"),
                _ => new ProviderCheck(false, $"answers with status {answer.Status}"),
            };
        }
        catch (JsonException)
        {
            return new ProviderCheck(false, "answers with something that is no list of models: is the url that of the API?");
        }
    }
}
