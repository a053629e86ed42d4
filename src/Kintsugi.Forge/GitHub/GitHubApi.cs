using System.Net;
using System.Text;
using System.Text.Json;
using Kintsugi.Forge.Wire;
using Octokit;
using Octokit.Internal;

namespace Kintsugi.Forge.GitHub;

/// <summary>Requests to one repository of GitHub, by Octokit's connection.</summary>
/// <remarks>Octokit's clients of single areas are left out: they cannot be cancelled, and write some addresses and bodies that GitHub's own description refuses.</remarks>
internal sealed class GitHubApi : IDisposable
{
    private const int PageSize = 100;

    private readonly HttpClientAdapter _http;
    private readonly Connection _connection;
    private readonly HttpMessageInvoker _plain;
    private readonly Uri _api;
    private readonly FormattableString _repository;

    /// <param name="handler">Becomes this one's.</param>
    public GitHubApi(Uri api, string owner, string name, ForgeHandler handler)
    {
        _api = api;
        _plain = new HttpMessageInvoker(handler, disposeHandler: false); // Octokit would follow the redirect itself, and read all of it
        _http = new HttpClientAdapter(() => handler);
        _http.SetRequestTimeout(Timeout.InfiniteTimeSpan); // each try has its own limit
        _connection = new Connection(new ProductHeaderValue("kintsugi"), api, new InMemoryCredentialStore(Credentials.Anonymous), _http, new WireJson());
        _repository = $"repos/{owner}/{name}";
    }

    /// <param name="path">Below the repository; whatever is filled in is escaped.</param>
    public async Task<T> GetAsync<T>(FormattableString path, CancellationToken cancellationToken, params (string Name, string Value)[] query) =>
        (await PageAsync<T>(In(path), query, cancellationToken)).Body;

    /// <returns>Null where GitHub knows none.</returns>
    public async Task<T?> TryGetAsync<T>(FormattableString path, CancellationToken cancellationToken, params (string Name, string Value)[] query) where T : class
    {
        try
        {
            return await GetAsync<T>(path, cancellationToken, query);
        }
        catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>What is not of a repository, such as who we are.</summary>
    public async Task<T> GetRootAsync<T>(string path, CancellationToken cancellationToken) =>
        (await PageAsync<T>(new Uri(path, UriKind.Relative), [], cancellationToken)).Body;

    /// <summary>A whole list, page by page; of one longer than 3,000 its beginning.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(FormattableString path, CancellationToken cancellationToken, params (string Name, string Value)[] query)
    {
        var all = new List<T>();
        await foreach (var page in PagesAsync<IReadOnlyList<T>>(path, query, cancellationToken)) all.AddRange(page);
        return all;
    }

    public async IAsyncEnumerable<T> PagesAsync<T>(
        FormattableString path, (string Name, string Value)[] query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (string, string)[] first = [.. query, ("per_page", PageSize.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        var answer = await PageAsync<T>(In(path), first, cancellationToken);
        for (var page = 1; ; page++)
        {
            if (answer.Body is not null) yield return answer.Body;
            if (page == Limits.MostPages || !answer.HttpResponse.ApiInfo.Links.TryGetValue("next", out var next)) yield break;
            answer = await PageAsync<T>(next, [], cancellationToken);
        }
    }

    /// <summary>Where GitHub keeps something large, on a host that gets no token.</summary>
    public async Task<Uri> PlaceAsync(FormattableString path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_api, In(path)));
        request.Headers.UserAgent.ParseAdd("kintsugi");
        using var answer = await _plain.SendAsync(request, cancellationToken);
        return answer.Headers.Location ?? throw new ForgeRefusal(HttpStatusCode.NotFound, In(path).OriginalString, "no place is named");
    }

    public async Task<T> PostAsync<T>(FormattableString path, object body, CancellationToken cancellationToken) =>
        (await _connection.Post<T>(In(path), body, AcceptHeaders.StableVersionJson, "application/json", parameters: null, cancellationToken: cancellationToken)).Body;

    public async Task<T> PatchAsync<T>(FormattableString path, object body, CancellationToken cancellationToken)
    {
        using var content = new StringContent(JsonSerializer.Serialize(body, WireJson.Options), Encoding.UTF8, "application/json"); // of a plain body Octokit says that it is a form
        return (await _connection.Patch<T>(In(path), content).WaitAsync(cancellationToken)).Body; // it takes no token
    }

    public Task DeleteAsync(FormattableString path, CancellationToken cancellationToken) => _connection.Delete(In(path)).WaitAsync(cancellationToken);

    public void Dispose()
    {
        _plain.Dispose();
        _http.Dispose();
    }

    private async Task<IApiResponse<T>> PageAsync<T>(Uri uri, (string Name, string Value)[] query, CancellationToken cancellationToken) =>
        await _connection.Get<T>(uri, query.ToDictionary(pair => pair.Name, pair => pair.Value), AcceptHeaders.StableVersionJson, cancellationToken);

    private Uri In(FormattableString path) => new($"{Escaped(_repository)}/{Escaped(path)}", UriKind.Relative);

    private static string Escaped(FormattableString path) =>
        FormattableString.Invariant(System.Runtime.CompilerServices.FormattableStringFactory.Create(
            path.Format, [.. path.GetArguments().Select(argument => (object)Uri.EscapeDataString(Convert.ToString(argument, System.Globalization.CultureInfo.InvariantCulture)!))]));
}
