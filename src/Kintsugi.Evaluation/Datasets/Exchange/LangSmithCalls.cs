using System.Net;
using System.Text.Json;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Datasets.Exchange;

/// <summary>Asks a LangSmith, or whatever speaks its API.</summary>
/// <param name="http">Follows no redirect: the key is for this address alone.</param>
/// <param name="key">Sent as `x-api-key`; null where none is wanted.</param>
internal sealed class LangSmithCalls(HttpClient http, Uri endpoint, string? key)
{
    private const int LargestAnswer = 256 * 1024 * 1024;

    /// <summary>What messages call it.</summary>
    public string Name => endpoint.Host;

    /// <returns>The id of the dataset of this name; null when there is none.</returns>
    public async Task<string?> FindDatasetAsync(string name, CancellationToken cancellationToken)
    {
        using var found = await GetAsync($"datasets?limit=1&name={Uri.EscapeDataString(name)}", cancellationToken);
        return found.RootElement.ValueKind == JsonValueKind.Array && found.RootElement.GetArrayLength() > 0 ? LooseSample.Text(found.RootElement[0], "id") : null;
    }

    public Task<JsonDocument> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(Request(HttpMethod.Get, path, null), cancellationToken);

    /// <exception cref="BadFileException">It is no such API, or the key is refused.</exception>
    /// <exception cref="IOException">The service cannot be reached, or fails.</exception>
    public Task<JsonDocument> SendAsync(HttpMethod method, string path, HttpContent content, CancellationToken cancellationToken) => SendAsync(Request(method, path, content), cancellationToken);

    private HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content)
    {
        var request = new HttpRequestMessage(method, new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/" + path)) { Content = content };
        if (key is not null) request.Headers.TryAddWithoutValidation("x-api-key", key);
        return request;
    }

    private async Task<JsonDocument> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var sending = request;
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) throw new BadFileException(Name, null, "The key is refused. Set LANGSMITH_API_KEY to one that may read and write datasets.");
            if (answer.StatusCode is HttpStatusCode.NotFound) throw new BadFileException(Name, null, $"It has no {request.RequestUri!.AbsolutePath}. Give the dataset's id, or the API's address with --url.");
            if (!answer.IsSuccessStatusCode) throw new IOException($"{Name} answered {(int)answer.StatusCode} to {request.RequestUri!.AbsolutePath}. Run again when it is well.");
            await answer.Content.LoadIntoBufferAsync(LargestAnswer, cancellationToken);
            return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"{Name} cannot be reached: {Shown.Word(e.Message, 200)} Check the address (--url, LANGSMITH_ENDPOINT).", e);
        }
        catch (JsonException)
        {
            throw new BadFileException(Name, null, "The answer is not JSON. Is this the API's address (--url)?");
        }
    }
}
