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
internal sealed record VersionInUse(string? Commit, bool Always) : CiEvent;

/// <summary>The platform could not deploy a version.</summary>
/// <param name="Says">The platform's words.</param>
/// <param name="Log">Where its log is; null where it does not say.</param>
internal sealed record DeploymentFailed(string Commit, string Environment, string Says, Uri? Log) : CiEvent;

/// <summary>Something was said or done under one of our pull requests.</summary>
internal sealed record ConversationMoved : CiEvent;

/// <summary>Nothing that asks for anything.</summary>
internal sealed record NothingToDo(string Why) : CiEvent;

/// <summary>Reads what GitHub tells a job: the names of strangers' branches are in it, so each part is taken by its form or not at all.</summary>
internal static partial class CiEvents
{
    /// <summary>GitHub sends no larger one.</summary>
    public const int MostBytes = 25 << 20;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <param name="name">GITHUB_EVENT_NAME.</param>
    /// <exception cref="Verbs.UsageException">The event is one that is not to be used, or its payload is none.</exception>
    public static CiEvent Read(string name, ReadOnlyMemory<byte> payload)
    {
        if (name == "pull_request_target")
        {
            throw new Verbs.UsageException(
                "pull_request_target runs with this repository's keys and write token, and the version is a stranger's: whatever it makes of them is lost. Use `on: pull_request`; a fork is evaluated there from recordings, without either.");
        }
        if (name is "schedule" or "workflow_dispatch" or "repository_dispatch") return new VersionInUse(null, Always: true); // whatever its payload
        if (payload.Length > MostBytes) throw new Verbs.UsageException($"the event's payload has more than {MostBytes >> 20} MiB.");
        try
        {
            using var document = JsonDocument.Parse(payload, Options);
            return Read(name, document.RootElement);
        }
        catch (JsonException)
        {
            throw new Verbs.UsageException("the event's payload is not JSON.");
        }
    }

    private static CiEvent Read(string name, JsonElement payload) => name switch
    {
        "pull_request" => PullRequest(payload),
        "push" => Push(payload),
        "deployment_status" => Deployment(payload),
        "issue_comment" or "pull_request_review" or "pull_request_review_comment" => new ConversationMoved(),
        _ => new NothingToDo($"nothing follows from the event '{Output.Text.Plain(name, 60)}'"),
    };

    private static CiEvent PullRequest(JsonElement payload)
    {
        var (action, pull) = (Text(payload, "action"), Part(payload, "pull_request"));
        var isOwn = Text(pull, "head", "ref")?.StartsWith(BranchNames.Prefix, StringComparison.Ordinal) is true;
        var isFork = Text(pull, "head", "repo", "full_name") is not { } from || !string.Equals(from, Text(pull, "base", "repo", "full_name"), StringComparison.OrdinalIgnoreCase);
        if (action == "closed") return isOwn && !isFork ? new ConversationMoved() : new NothingToDo("the pull request is closed");
        return new VersionProposed(Number(pull), Commit(pull, "head", "sha"), Commit(pull, "base", "sha"), isFork);
    }

    private static CiEvent Push(JsonElement payload)
    {
        var (pushed, branch) = (Text(payload, "ref"), Text(payload, "repository", "default_branch"));
        if (branch is null || pushed != "refs/heads/" + branch) return new NothingToDo("the push is not to the default branch");
        return payload.TryGetProperty("deleted", out var deleted) && deleted.ValueKind == JsonValueKind.True
            ? new NothingToDo("the branch was deleted")
            : new VersionInUse(Commit(payload, "after"), Always: false);
    }

    private static CiEvent Deployment(JsonElement payload)
    {
        var (state, commit) = (Text(payload, "deployment_status", "state"), Commit(payload, "deployment", "sha"));
        if (state == "success") return new VersionInUse(commit, Always: false);
        if (state is not ("failure" or "error")) return new NothingToDo($"the deployment is {Output.Text.Plain(state ?? "under way", 30)}");
        var log = Text(payload, "deployment_status", "log_url") is { Length: > 0 } url ? url : Text(payload, "deployment_status", "target_url");
        return new DeploymentFailed(
            commit, Text(payload, "deployment", "environment") ?? "", Text(payload, "deployment_status", "description") ?? "",
            Uri.TryCreate(log, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? address : null);
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
}
