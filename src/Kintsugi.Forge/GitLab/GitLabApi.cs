using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kintsugi.Forge.Wire;

namespace Kintsugi.Forge.GitLab;

/// <summary>Requests to one project of GitLab.</summary>
internal sealed class GitLabApi : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient _http;
    private readonly string _project;

    public GitLabApi(Uri api, string project, ForgeHandler handler)
    {
        _http = new HttpClient(handler) { BaseAddress = api, Timeout = Timeout.InfiniteTimeSpan }; // each try has its own limit
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("kintsugi");
        _project = $"projects/{Uri.EscapeDataString(project)}/";
    }

    public Task<T> GetRootAsync<T>(FormattableString path, CancellationToken cancellationToken) => ReadAsync<T>(HttpMethod.Get, Escaped(path), null, cancellationToken);

    /// <param name="path">Below the project; whatever is filled in is escaped.</param>
    public Task<T> GetAsync<T>(FormattableString path, CancellationToken cancellationToken) => ReadAsync<T>(HttpMethod.Get, _project + Escaped(path), null, cancellationToken);

    /// <returns>Null where GitLab knows none.</returns>
    public async Task<T?> TryGetAsync<T>(FormattableString path, CancellationToken cancellationToken) where T : class
    {
        try
        {
            return await GetAsync<T>(path, cancellationToken);
        }
        catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>A whole list, page by page; of one longer than 3,000 its beginning.</summary>
    /// <param name="path">With a query.</param>
    public async Task<IReadOnlyList<T>> ListAsync<T>(FormattableString path, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        for (var page = "1"; all.Count < 100 * Limits.MostPages;)
        {
            using var answer = await SendAsync(HttpMethod.Get, $"{_project}{Escaped(path)}&per_page=100&page={page}", null, cancellationToken);
            all.AddRange((await answer.Content.ReadFromJsonAsync<IReadOnlyList<T>>(Json, cancellationToken))!);
            if (!answer.Headers.TryGetValues("x-next-page", out var next) || next.First() is not { Length: > 0 } following) break;
            page = Uri.EscapeDataString(following);
        }
        return all;
    }

    public Task<T> PostAsync<T>(FormattableString path, object body, CancellationToken cancellationToken) => ReadAsync<T>(HttpMethod.Post, _project + Escaped(path), body, cancellationToken);

    public Task<T> PutAsync<T>(FormattableString path, object body, CancellationToken cancellationToken) => ReadAsync<T>(HttpMethod.Put, _project + Escaped(path), body, cancellationToken);

    /// <summary>What is gone already is no error.</summary>
    public async Task DeleteAsync(FormattableString path, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await SendAsync(HttpMethod.Delete, _project + Escaped(path), null, cancellationToken);
        }
        catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.NotFound)
        {
            // somebody was quicker
        }
    }

    public async Task<byte[]> BytesAsync(FormattableString path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, _project + Escaped(path), null, cancellationToken);
        return await answer.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private async Task<T> ReadAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(method, path, body, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<T>(Json, cancellationToken))!;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, options: Json);
        return await _http.SendAsync(request, cancellationToken);
    }

    private static string Escaped(FormattableString path) =>
        string.Format(CultureInfo.InvariantCulture, path.Format, [.. path.GetArguments().Select(argument => Uri.EscapeDataString(Convert.ToString(argument, CultureInfo.InvariantCulture)!))]);
}
