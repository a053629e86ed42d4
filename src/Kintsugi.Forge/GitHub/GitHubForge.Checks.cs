using System.Net;
using Kintsugi.Forge.Wire;

namespace Kintsugi.Forge.GitHub;

public sealed partial class GitHubForge
{
    private const string WritesChecks = "`Checks: write` (an App, a job of GitHub Actions) or `Commit statuses: write`";
    private const int AnnotationsARequest = 50;
    private const int MostDescription = 140;

    public Task PutCheckAsync(CheckReport check, CancellationToken cancellationToken)
    {
        Limits.ThrowIfTooLong("summary", check.Summary, nameof(check));
        return GuardAsync(WritesChecks, async () =>
        {
            try
            {
                return await PutCheckRunAsync(check, cancellationToken);
            }
            catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.Forbidden)
            {
                return await PutStatusAsync(check, cancellationToken); // only apps have check runs
            }
        });
    }

    private async Task<bool> PutCheckRunAsync(CheckReport check, CancellationToken cancellationToken)
    {
        var conclusion = check.Passed switch { true => "success", false => "failure", null => "neutral" };
        object Output(object[] annotations) => new { title = check.Title, summary = check.Summary, annotations };

        // Annotations are only ever added to a run, so one that says something else and has some is followed by another, which is the one that counts.
        async Task<WireCheck?> Find(CancellationToken token)
        {
            var last = (await RunsAsync(check.Commit, token)).Where(run => run.Name == check.Name).MaxBy(run => run.Id);
            return last?.Output?.AnnotationsCount > 0 && !Says(last) ? null : last;
        }
        bool Says(WireCheck run) => run.Conclusion == conclusion && run.Output?.Title == check.Title && KeyMark.IsSame(run.Output?.Summary, check.Summary);
        async Task<WireCheck> Make(CancellationToken token)
        {
            var now = Now();
            return await _api.PostAsync<WireCheck>(
                $"check-runs",
                new
                {
                    name = check.Name,
                    head_sha = check.Commit,
                    status = "completed",
                    conclusion,
                    started_at = now,
                    completed_at = now,
                    details_url = check.Link,
                    output = Output([]), // annotations follow, so that those that are there can be counted
                },
                token);
        }

        var run = await Putting.PutAsync(Find, Make, _clock, cancellationToken);
        if (!Says(run))
            run = await _api.PatchAsync<WireCheck>($"check-runs/{run.Id}", new { status = "completed", conclusion, completed_at = Now(), details_url = check.Link, output = Output([]) }, cancellationToken);
        var there = run.Output?.AnnotationsCount ?? 0;
        foreach (var batch in check.Annotations.Skip(there).Chunk(AnnotationsARequest))
            await _api.PatchAsync<WireCheck>($"check-runs/{run.Id}", new { output = Output([.. batch.Select(Shown)]) }, cancellationToken);
        return true;
    }

    private async Task<bool> PutStatusAsync(CheckReport check, CancellationToken cancellationToken)
    {
        var state = check.Passed switch { true => "success", false => "failure", null => "error" };
        var description = PlainText.Start(PlainText.Line(check.Title, MostDescription), MostDescription);
        await Putting.PutAsync(
            async token => (await StatusesAsync(check.Commit, token)).FirstOrDefault(status => status.Context == check.Name && status.State == state && status.Description == description),
            token => _api.PostAsync<WireStatus>($"statuses/{check.Commit}", new { state, description, context = check.Name, target_url = check.Link }, token),
            _clock, cancellationToken);
        return true;
    }

    private static object Shown(Annotation annotation) => new
    {
        path = annotation.Path,
        start_line = annotation.FirstLine,
        end_line = annotation.LastLine,
        annotation_level = "warning",
        message = annotation.Message,
    };

    private string Now() => _clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The check runs of a commit, of each name and app the last.</summary>
    private async Task<IReadOnlyList<WireCheck>> RunsAsync(string commit, CancellationToken cancellationToken)
    {
        var runs = new List<WireCheck>();
        await foreach (var page in _api.PagesAsync<WireChecks>($"commits/{commit}/check-runs", [("filter", "latest")], cancellationToken)) runs.AddRange(page.CheckRuns);
        return runs;
    }

    private async Task<IReadOnlyList<WireStatus>> StatusesAsync(string commit, CancellationToken cancellationToken)
    {
        var statuses = new List<WireStatus>();
        await foreach (var page in _api.PagesAsync<WireStatuses>($"commits/{commit}/status", [], cancellationToken)) statuses.AddRange(page.Statuses);
        return statuses;
    }
}
