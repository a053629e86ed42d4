using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Kintsugi.Tests.Forge;

/// <summary>What goes wrong with one request.</summary>
internal enum Fault
{
    None = 0,

    /// <summary>The connection breaks, and nothing happened.</summary>
    DiesBefore = 1,

    /// <summary>The connection breaks, and what was asked for has happened.</summary>
    DiesAfter = 2,

    /// <summary>502, and nothing happened.</summary>
    FailsBefore = 3,

    /// <summary>502, and what was asked for has happened.</summary>
    FailsAfter = 4,

    /// <summary>A secondary rate limit: 403 with `Retry-After: 1`, and nothing happened.</summary>
    Limited = 5,

    /// <summary>The hourly limit: 403 with `x-ratelimit-reset` an hour ahead.</summary>
    UsedUp = 6,

    /// <summary>A secondary rate limit that does not say how long.</summary>
    LimitedUntold = 7,
}

/// <param name="Path">Without query.</param>
/// <param name="Number">From 1.</param>
internal sealed record StrictRequest(string Method, string Path, int Number, string Body)
{
    public bool Writes => Method != "GET";
}

/// <summary>What a forge of ours in tests shares with another: a web server in memory on 127.0.0.1 that answers one request at a time, and fails as it is told.</summary>
internal abstract partial class StrictForge(string repository, TimeProvider clock) : IAsyncDisposable
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Lock _gate = new();
    private readonly List<StrictRequest> _requests = [];
    private readonly List<(string Method, Regex Path, Func<StrictCall, StrictAnswer> Answer)> _routes = [];
    private WebApplication? _application;

    public string Repository => repository;

    public string Owner => repository.Split('/')[0];

    public StrictGit Git { get; } = new();

    /// <summary>Asked of every request; called under the server's lock.</summary>
    public Func<StrictRequest, Fault> Faults { get; set; } = _ => Fault.None;

    /// <summary>How many readings of a list pass before it shows what is new.</summary>
    public int Lag { get; set; }

    /// <summary>Entries that a page holds at most, whatever is asked for.</summary>
    public int PageSize { get; set; } = 2;

    public IReadOnlyList<StrictRequest> Requests
    {
        get { lock (_gate) return [.. _requests]; }
    }

    /// <summary>`http://127.0.0.1:PORT/`.</summary>
    public Uri Root => new(_application!.Urls.First() + "/");

    /// <summary>What links name; another than <see cref="Root"/> where it stands behind a proxy.</summary>
    public Uri SeenAt
    {
        get => field ?? Root;
        set;
    }

    protected TimeProvider Clock => clock;

    public async ValueTask DisposeAsync()
    {
        if (_application is not null) await _application.DisposeAsync();
    }

    /// <summary>Does something to the state as a person at the forge would, between two requests.</summary>
    public T Do<T>(Func<T> what)
    {
        lock (_gate) return what();
    }

    protected async Task ListenAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _application = builder.Build();
        _application.Run(AnswerAsync);
        await _application.StartAsync(cancellationToken);
    }

    /// <param name="path">`/repos/{repo}/pulls/{number}`; a value is one segment, undecoded slashes are not in it.</param>
    protected void On(string method, string path, Func<StrictCall, StrictAnswer> answer) =>
        _routes.Add((method, new Regex("^" + Regex.Replace(path, @"\{(\w+)\}", "(?<$1>[^/]+)") + "$"), answer));

    protected abstract StrictAnswer Error(int status, string message, object? errors = null);

    /// <summary>Answers, or throws <see cref="StrictError"/>.</summary>
    protected abstract void Authorize(StrictCall call);

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var path = new Uri(context.Request.GetEncodedUrl()).AbsolutePath;
        StrictAnswer answer;
        Fault fault;
        lock (_gate)
        {
            var request = new StrictRequest(context.Request.Method, path, _requests.Count + 1, body);
            _requests.Add(request);
            fault = Faults(request);
            answer = fault switch
            {
                Fault.None or Fault.DiesAfter or Fault.FailsAfter => Answered(context, request),
                Fault.Limited => Error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.").With("Retry-After", "1"),
                Fault.LimitedUntold => Error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."),
                Fault.UsedUp => Error(403, "API rate limit exceeded for user ID 1.")
                    .With("x-ratelimit-remaining", "0").With("x-ratelimit-reset", clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture)),
                _ => Error(502, "Bad Gateway"),
            };
        }
        if (fault is Fault.DiesBefore or Fault.DiesAfter)
        {
            context.Abort();
            return;
        }
        if (fault is Fault.FailsAfter) answer = Error(502, "Bad Gateway");
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers) context.Response.Headers[name] = value;
        if (answer.Text is { } text)
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(text, context.RequestAborted);
        }
        else if (answer.Status is not (204 or 302))
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            await context.Response.WriteAsync(JsonSerializer.Serialize(answer.Body, Json), context.RequestAborted);
        }
    }

    private StrictAnswer Answered(HttpContext context, StrictRequest request)
    {
        try
        {
            foreach (var (method, pattern, answer) in _routes)
            {
                if (method != request.Method || pattern.Match(request.Path) is not { Success: true } match) continue;
                var call = new StrictCall(context.Request, match, Parsed(request.Body), Error);
                Authorize(call);
                return answer(call);
            }
            return Error(404, "Not Found");
        }
        catch (StrictError error)
        {
            return error.Answer;
        }
    }

    private JsonObject Parsed(string body)
    {
        if (body.Length == 0) return [];
        try
        {
            return JsonNode.Parse(body) as JsonObject ?? throw new StrictError(Error(422, "Body should be a JSON object"));
        }
        catch (JsonException)
        {
            throw new StrictError(Error(400, "Problems parsing JSON"));
        }
    }

    /// <summary>One page of a list, with the links to the others, without what is too new to show.</summary>
    protected StrictAnswer Page<T>(StrictCall call, IEnumerable<T> all, Func<T, object> show, Func<IReadOnlyList<object>, object>? wrap = null)
    {
        var shown = new List<object>();
        foreach (var entry in all)
        {
            if (entry is StrictEntry { HiddenFor: > 0 } hidden) hidden.HiddenFor--;
            else shown.Add(show(entry));
        }
        var size = Math.Min(PageSize, call.Number("per_page") ?? 30);
        var page = call.Number("page") ?? 1;
        var answer = new StrictAnswer(200, wrap is null ? shown.Skip((page - 1) * size).Take(size).ToList() : wrap([.. shown.Skip((page - 1) * size).Take(size)]));
        if (page * size < shown.Count)
        {
            var query = string.Join('&', call.Request.Query.Where(pair => pair.Key != "page").Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value.ToString())}"));
            answer.Headers["Link"] = $"<{SeenAt.GetLeftPart(UriPartial.Authority)}{call.Request.Path.ToUriComponent()}?{query}&page={page + 1}>; rel=\"next\"";
            answer.Headers["x-next-page"] = (page + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        return answer;
    }
}

/// <summary>What a list shows only after a while.</summary>
internal abstract class StrictEntry
{
    public int HiddenFor { get; set; }
}

internal sealed record StrictAnswer(int Status, object? Body = null, string? Text = null)
{
    public Dictionary<string, string> Headers { get; } = [];

    public StrictAnswer With(string header, string value)
    {
        Headers[header] = value;
        return this;
    }
}

internal sealed class StrictError(StrictAnswer answer) : Exception
{
    public StrictAnswer Answer => answer;
}

/// <summary>A request with its parts, each asked for by name.</summary>
internal sealed class StrictCall(HttpRequest request, Match path, JsonObject body, Func<int, string, object?, StrictAnswer> error)
{
    public HttpRequest Request => request;

    public JsonObject Body => body;

    /// <summary>Who asks; set when it is authorized.</summary>
    public StrictUser User { get; set; } = new("nobody");

    public string this[string name] => Uri.UnescapeDataString(path.Groups[name].Value);

    public int Id(string name) => int.TryParse(this[name], out var id) ? id : throw new StrictError(error(404, "Not Found", null));

    public string? Query(string name) => request.Query[name] is [{ } value, ..] ? value : null;

    public int? Number(string name) => int.TryParse(Query(name), out var number) ? number : null;

    /// <summary>A text of the body that has to be there.</summary>
    public string Text(string name) => Optional(name) ?? throw new StrictError(error(422, $"Invalid request. \"{name}\" wasn't supplied.", null));

    public string? Optional(string name)
    {
        if (body[name] is not { } node) return null;
        return node is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw new StrictError(error(422, $"Invalid request. For '{name}', {node.ToJsonString()} is not a string.", null));
    }

    public bool Flag(string name) => body[name] is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    public IReadOnlyList<string> Texts(string name) => body[name] is JsonArray array ? [.. array.Select(node => (string?)node ?? "")] : [];
}

/// <param name="Kind">`User` or `Bot`.</param>
internal sealed record StrictUser(string Login, string Kind = "User")
{
    public int Id { get; } = Math.Abs(string.GetHashCode(Login, StringComparison.Ordinal) % 100_000) + 1;
}
