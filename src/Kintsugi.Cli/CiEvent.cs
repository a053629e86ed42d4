using System.Text.Json;
using System.Text.RegularExpressions;
using Kintsugi.Forge;

namespace Kintsugi.Cli;

/// <summary>What a CI job was started for.</summary>
internal abstract record CiEvent;

/// <summary>Somebody proposes a version.</summary>
/// <param name="Head">Its commit.</param>
/// <param name="Base">The commit that it is proposed on.</param>
/// <param name="IsFork">Whether it comes from another repository: then it gets no key, and is judged by the settings of <paramref name="Base"/>.</param>
internal sealed record VersionProposed(int Number, string Head, string Base, bool IsFork) : CiEvent;

/// <summary>A version is in use, or is about to be.</summary>
/// <param name="Commit">Null for the one that is checked out.</param>
/// <param name="Always">Whether it is looked at though it is as it was blessed: the world may have changed.</param>
/// <param name="Converses">Whether the conversations are gone on with first; see <see cref="CiEvents"/>.</param>
internal sealed record VersionInUse(string? Commit, bool Always, bool Converses = true) : CiEvent;

/// <summary>The platform could not deploy a version.</summary>
/// <param name="Says">The platform's words.</param>
/// <param name="Log">Where its log is; null where it does not say.</param>
internal sealed record DeploymentFailed(string Commit, string Environment, string Says, Uri? Log) : CiEvent;

/// <summary>Something that holds only where the commit is one of the default branch: anybody who may push a branch has it deployed somewhere, if only as a preview.</summary>
/// <param name="Branch">The default branch, of a branch's form.</param>
/// <param name="What">What follows then.</param>
internal sealed record Deployed(string Commit, string Branch, CiEvent What) : CiEvent;

/// <summary>Something was said or done under one of our pull requests.</summary>
internal sealed record ConversationMoved : CiEvent;

/// <summary>Nothing that asks for anything.</summary>
internal sealed record NothingToDo(string Why) : CiEvent;

/// <summary>Reads what GitHub tells a job: the names of strangers' branches are in it, so each part is taken by its form or not at all.</summary>
/// <remarks>
/// Conversations are gone on with by jobs of the default branch alone: a cache that a job of another ref keeps (a review runs for `refs/pull/7/merge`) is seen by that ref alone,
/// so what such a job wrote down would be missing to every later one.
/// </remarks>
internal static partial class CiEvents
{
    /// <summary>GitHub sends no larger one.</summary>
    public const int MostBytes = 25 << 20;

    /// <summary>`action` of the repository_dispatch by which a job that must not converse has one of the default branch do it.</summary>
    public const string Relayed = "kintsugi-review";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <param name="name">GITHUB_EVENT_NAME.</param>
    /// <param name="reference">GITHUB_REF, what the job runs for; null outside of Actions, where all is kept in one place.</param>
    /// <exception cref="Verbs.UsageException">The event is one that is not to be used, or its payload is none.</exception>
    public static CiEvent Read(string name, ReadOnlyMemory<byte> payload, string? reference)
    {
        if (name == "pull_request_target")
        {
            throw new Verbs.UsageException(
                "pull_request_target runs with this repository's keys and write token, and the version is a stranger's: whatever it makes of them is lost. Use `on: pull_request`; a fork is evaluated there from recordings, without either.");
        }
        if (payload.IsEmpty && name is "schedule" or "workflow_dispatch") return new VersionInUse(null, Always: true); // by hand, or by cron
        if (payload.Length > MostBytes) throw new Verbs.UsageException($"the event's payload has more than {MostBytes >> 20} MiB.");
        try
        {
            using var document = JsonDocument.Parse(payload, Options);
            return Read(name, document.RootElement, reference);
        }
        catch (JsonException)
        {
            throw new Verbs.UsageException("the event's payload is not JSON.");
        }
    }

    private static CiEvent Read(string name, JsonElement payload, string? reference)
    {
        var isHome = reference is null || Text(payload, "repository", "default_branch") is not { } branch || reference == "refs/heads/" + branch;
        var happened = name switch
        {
            "pull_request" => PullRequest(payload),
            "push" => Push(payload),
            "deployment_status" => Deployment(payload, isHome),
            "schedule" or "workflow_dispatch" => new VersionInUse(null, Always: true, isHome),
            "repository_dispatch" => Text(payload, "action") == Relayed ? new ConversationMoved() : new VersionInUse(null, Always: true, isHome),
            "issue_comment" => Comment(payload),
            "pull_request_review" => Review(payload, "review"),
            "pull_request_review_comment" => Review(payload, "comment"),
            _ => new NothingToDo($"nothing follows from the event '{Output.Text.Plain(name, 60)}'"),
        };
        return happened is ConversationMoved && !isHome
            ? new NothingToDo("this job is not one of the default branch, and what it learnt would be lost to those. The next push, comment or schedule there goes on with the conversation; docs/ci.md has a job that lets it go on at once")
            : happened;
    }

    private static CiEvent PullRequest(JsonElement payload)
    {
        var pull = Part(payload, "pull_request");
        if (Text(payload, "action") == "closed") return IsOurs(pull) ? new ConversationMoved() : new NothingToDo("the pull request is closed");
        return new VersionProposed(Number(pull), Commit(pull, "head", "sha"), Commit(pull, "base", "sha"), IsFork(pull));
    }

    private static bool IsFork(JsonElement pull) =>
        Text(pull, "head", "repo", "full_name") is not { } from || !string.Equals(from, Text(pull, "base", "repo", "full_name"), StringComparison.OrdinalIgnoreCase);

    private static bool IsOurs(JsonElement pull) => !IsFork(pull) && Text(pull, "head", "ref")?.StartsWith(BranchNames.Prefix, StringComparison.Ordinal) is true;

    private static CiEvent Comment(JsonElement payload) =>
        Part(payload, "issue", "pull_request").ValueKind != JsonValueKind.Object ? new NothingToDo("the comment is not under a pull request") : Said(payload, "comment");

    private static CiEvent Review(JsonElement payload, string what) =>
        IsOurs(Part(payload, "pull_request")) ? Said(payload, what) : new NothingToDo("the pull request is not one of ours");

    /// <summary>
    /// Keeps strangers from starting rounds; whether somebody may write is asked of the forge by the round. Who is a member in secret may look like a stranger here: what they say waits for the next round.
    /// </summary>
    private static CiEvent Said(JsonElement payload, string what) =>
        Text(payload, "action") is "deleted" or "dismissed" ? new NothingToDo("what was said is taken back; an order that was read before stays one")
        : Text(payload, what, "author_association") is "OWNER" or "MEMBER" or "COLLABORATOR" ? new ConversationMoved()
        : new NothingToDo("it was not said by somebody of this repository");

    private static CiEvent Push(JsonElement payload)
    {
        var (pushed, branch) = (Text(payload, "ref"), Text(payload, "repository", "default_branch"));
        if (branch is null || pushed != "refs/heads/" + branch) return new NothingToDo("the push is not to the default branch");
        return payload.TryGetProperty("deleted", out var deleted) && deleted.ValueKind == JsonValueKind.True
            ? new NothingToDo("the branch was deleted")
            : new VersionInUse(Commit(payload, "after"), Always: false);
    }

    private static CiEvent Deployment(JsonElement payload, bool isHome)
    {
        var (state, commit) = (Text(payload, "deployment_status", "state"), Commit(payload, "deployment", "sha"));
        if (state is not ("success" or "failure" or "error")) return new NothingToDo($"the deployment is {Output.Text.Plain(state ?? "under way", 30)}");
        var branch = Text(payload, "repository", "default_branch") is { } named && Branch().IsMatch(named) ? named : throw Lacks("the default branch");
        if (state == "success") return new Deployed(commit, branch, new VersionInUse(commit, Always: false, isHome));
        var log = Text(payload, "deployment_status", "log_url") is { Length: > 0 } url ? url : Text(payload, "deployment_status", "target_url");
        return new Deployed(commit, branch, new DeploymentFailed(
            commit, Text(payload, "deployment", "environment") ?? "", Text(payload, "deployment_status", "description") ?? "",
            Uri.TryCreate(log, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? address : null));
    }

    private static JsonElement Part(JsonElement payload, params string[] path)
    {
        foreach (var name in path)
            if (payload.ValueKind != JsonValueKind.Object || !payload.TryGetProperty(name, out payload)) return default;
        return payload;
    }

    private static string? Text(JsonElement payload, params string[] path) => Part(payload, path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static int Number(JsonElement pull) => Part(pull, "number") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) && value > 0
        ? value
        : throw Lacks("the pull request's number");

    private static string Commit(JsonElement payload, params string[] path) => Text(payload, path) is { } id && CommitId().IsMatch(id) ? id : throw Lacks($"a commit ({string.Join('.', path)})");

    private static Verbs.UsageException Lacks(string what) => new($"the event's payload lacks {what}: it is not what GitHub sends.");

    [GeneratedRegex(@"^(?!0+\z)([0-9a-f]{40}|[0-9a-f]{64})\z", RegexOptions.CultureInvariant)]
    private static partial Regex CommitId();

    /// <summary>What git lets a branch be called, so that nothing else that names a revision (`a..b`, `a^{tree}`, `a@{1}`) is one.</summary>
    [GeneratedRegex(@"^(?![./-])(?!.*(?:\.\.|@\{|//|/\.|\.lock(?:/|\z)))[^\x00-\x20\x7f~^:?*\[\\]{1,255}(?<![./])\z", RegexOptions.CultureInvariant)]
    private static partial Regex Branch();
}
