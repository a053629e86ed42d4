namespace Kintsugi.Tests.Forge;

/// <summary>What people and their machines do, without asking over the net.</summary>
internal sealed partial class StrictGitHub
{
    /// <param name="state">`APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`.</param>
    /// <param name="inline">Remarks on lines of the change.</param>
    /// <returns>Its id.</returns>
    public long Review(int number, string login, string state, string body, params (string Path, int Line, string Body)[] inline) => Do(() =>
    {
        var pull = All.Single(issue => issue.Number == number);
        var review = new StrictReview(NextId(), new StrictUser(login), state, body, state == "PENDING" ? null : Clock.GetUtcNow());
        pull.Reviews.Add(review);
        foreach (var (path, line, words) in inline)
            pull.Inline.Add(new StrictComment { Id = NextId(), User = review.User, Body = words, At = Clock.GetUtcNow(), Path = path, Line = line, Review = review.Id });
        return review.Id;
    });

    /// <summary>A job of GitHub Actions has ended.</summary>
    public void EndJob(string commit, string name, bool passed, string log) => EndJob(commit, name, passed ? "success" : "failure", log);

    public void EndJob(string commit, string name, string conclusion, string log) => Do(() =>
    {
        _checks.Add(new StrictCheck { Id = NextId(), Commit = commit, Name = name, App = "github-actions", Status = "completed", Conclusion = conclusion, Log = log });
        return true;
    });

    /// <summary>Another machine says something of a commit.</summary>
    public void SetStatus(string commit, string context, string state, string description) => Do(() =>
    {
        _statuses.Add(new StrictStatus(commit, context, state, description, null));
        return true;
    });
}
