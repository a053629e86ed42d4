using System.Text.Json.Nodes;

namespace Kintsugi.Tests.Forge;

internal sealed partial class StrictGitHub
{
    private const int MostAnnotations = 50;

    private readonly List<StrictCheck> _checks = [];
    private readonly List<StrictStatus> _statuses = [];

    public IReadOnlyList<StrictCheck> Checks => Do(() => _checks.ToList());

    public IReadOnlyList<StrictStatus> Statuses => Do(() => _statuses.ToList());

    private void CheckRoutes()
    {
        On("GET", Repo("/commits/{sha}/check-runs"), call =>
        {
            var all = _checks.Where(check => check.Commit == call["sha"]);
            if (call.Query("filter") is null or "latest") all = all.GroupBy(check => (check.Name, check.App)).Select(group => group.MaxBy(check => check.Id)!);
            return Page(call, all, Shown, page => new { total_count = all.Count(), check_runs = page });
        });
        On("POST", Repo("/check-runs"), call =>
        {
            if (!Git.Has(call.Text("head_sha"), "commit")) throw Refused(422, "No commit found for SHA: " + call.Text("head_sha"));
            var check = new StrictCheck { Id = NextId(), Commit = call.Text("head_sha"), Name = call.Text("name"), App = call.User.Kind == "Bot" ? call.User.Login.Replace("[bot]", "", StringComparison.Ordinal) : "kintsugi" };
            Update(call, check);
            _checks.Add(check);
            return new StrictAnswer(201, Shown(check));
        });
        On("PATCH", Repo("/check-runs/{id}"), call =>
        {
            var check = _checks.Find(check => check.Id == call.Id("id")) ?? throw Refused(404, "Not Found");
            Update(call, check);
            return new StrictAnswer(200, Shown(check));
        });
        On("GET", Repo("/commits/{sha}/status"), call =>
        {
            var all = _statuses.Where(status => status.Commit == call["sha"]).GroupBy(status => status.Context).Select(group => group.Last());
            return Page(
                call, all, status => new { state = status.State, description = status.Description, context = status.Context, target_url = status.Link },
                page => new { state = "pending", sha = call["sha"], total_count = all.Count(), statuses = page });
        });
        On("POST", Repo("/statuses/{sha}"), call =>
        {
            if (!Git.Has(call["sha"], "commit")) throw Refused(422, "No commit found for SHA: " + call["sha"]);
            if (call.Text("state") is not ("error" or "failure" or "pending" or "success")) throw Refused(422, "Validation Failed");
            if (call.Optional("description")?.Length > 140) throw Invalid("Status", "description is too long (maximum is 140 characters)");
            var status = new StrictStatus(call["sha"], call.Optional("context") ?? "default", call.Text("state"), call.Optional("description"), call.Optional("target_url"));
            _statuses.Add(status);
            return new StrictAnswer(201, new { state = status.State, description = status.Description, context = status.Context, target_url = status.Link });
        });
        On("GET", Repo("/actions/jobs/{id}/logs"), call =>
        {
            if (_checks.Find(check => check.Id == call.Id("id"))?.Log is null) throw Refused(410, "Server Error: logs have expired");
            return new StrictAnswer(302).With("Location", new Uri(Root, $"_logs/{call.Id("id")}").AbsoluteUri);
        });
        On("GET", "/_logs/{id}", call => new StrictAnswer(200, Text: _checks.First(check => check.Id == call.Id("id")).Log));
    }

    private void Update(StrictCall call, StrictCheck check)
    {
        check.Status = call.Optional("status") ?? check.Status;
        check.Conclusion = call.Optional("conclusion") ?? check.Conclusion;
        if (check.Conclusion is not (null or "success" or "failure" or "neutral" or "cancelled" or "skipped" or "timed_out" or "action_required")) throw Refused(422, "Validation Failed");
        if (call.Body["output"] is not JsonObject output) return;
        if ((string?)output["title"] is not { Length: > 0 } title || (string?)output["summary"] is not { } summary) throw Refused(422, "Invalid request. output needs title and summary.");
        var annotations = output["annotations"] as JsonArray ?? [];
        if (annotations.Count > MostAnnotations) throw Refused(422, $"Invalid request. No more than {MostAnnotations} items are allowed; {annotations.Count} were supplied.");
        (check.Title, check.Summary) = (title, summary);
        check.Annotations.AddRange(annotations.Select(annotation => ((string)annotation!["path"]!, (int)annotation["start_line"]!, (int)annotation["end_line"]!, (string)annotation["message"]!)));
    }

    private object Shown(StrictCheck check) => new
    {
        id = check.Id,
        name = check.Name,
        head_sha = check.Commit,
        status = check.Status,
        conclusion = check.Conclusion,
        started_at = (string?)null, // GitHub gives null for some apps' runs
        html_url = new Uri(Root, $"{Repository}/runs/{check.Id}"),
        details_url = new Uri(Root, $"{Repository}/runs/{check.Id}"),
        output = new { title = check.Title, summary = check.Summary, text = (string?)null, annotations_count = check.Annotations.Count },
        app = new { slug = check.App },
    };
}

internal sealed class StrictCheck
{
    public required long Id { get; init; }

    public required string Commit { get; init; }

    public required string Name { get; init; }

    /// <summary>The slug of the app whose it is.</summary>
    public required string App { get; init; }

    public string Status { get; set; } = "queued";

    public string? Conclusion { get; set; }

    public string? Title { get; set; }

    public string? Summary { get; set; }

    /// <summary>Of a job of GitHub Actions.</summary>
    public string? Log { get; init; }

    public List<(string Path, int First, int Last, string Message)> Annotations { get; } = [];
}

internal sealed record StrictStatus(string Commit, string Context, string State, string? Description, string? Link);
