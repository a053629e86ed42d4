using System.Collections.Concurrent;
using System.Text.Json;
using Kintsugi.Models.Wire;

namespace Kintsugi.Models.Routing;

/// <summary>What each provider says it serves, asked for only when a model was not known there.</summary>
/// <param name="patience">How long a list is waited for.</param>
internal sealed class KnownModels(IReadOnlyDictionary<string, IModelProvider> providers, TimeSpan patience, TimeProvider clock)
{
    private const int MostNames = 5000;

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (long At, IReadOnlyList<string> Names)> _known = new(StringComparer.Ordinal);

    /// <returns>The name at the provider that takes the fewest edits to reach; null when the provider does not tell what it serves.</returns>
    public async Task<string?> NearestAsync(string provider, string model, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(provider, out var known) || clock.GetElapsedTime(known.At) > Fresh)
            _known[provider] = known = (clock.GetTimestamp(), await AskAsync(providers[provider], cancellationToken));
        return Nearest.To(model, known.Names);
    }

    private async Task<IReadOnlyList<string>> AskAsync(IModelProvider provider, CancellationToken cancellationToken)
    {
        if (!provider.Serves(WirePaths.Models)) return [];
        try
        {
            var answer = await ModelsList.AskAsync(provider, patience, clock, cancellationToken);
            return answer.Status == 200 ? [.. ModelsList.Read(answer.Body).Take(MostNames)] : [];
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or JsonException)
        {
            return []; // a hint is not worth a failure
        }
    }
}
