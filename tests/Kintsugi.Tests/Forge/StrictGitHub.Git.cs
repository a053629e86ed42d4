using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kintsugi.Tests.Forge;

internal sealed partial class StrictGitHub
{
    private static readonly string[] Modes = ["100644", "100755", "040000", "160000", "120000"];

    private void GitRoutes()
    {
        On("GET", Repo("/git/ref/{ref}"), call => new StrictAnswer(200, ShownRef(Branch(call["ref"]))));
        On("GET", Repo("/git/commits/{sha}"), call => new StrictAnswer(200, ShownGitCommit(Known(call["sha"]))));
        On("GET", Repo("/commits/{sha}"), call => new StrictAnswer(200, ShownCommit(Known(call["sha"]))));
        On("GET", Repo("/compare/{range}"), Compare);
        On("POST", Repo("/git/blobs"), call =>
        {
            var content = call.Text("content");
            try
            {
                return new StrictAnswer(201, new { sha = Git.Put("blob", call.Optional("encoding") == "base64" ? Convert.FromBase64String(content) : System.Text.Encoding.UTF8.GetBytes(content)), url = Root });
            }
            catch (FormatException)
            {
                throw Refused(422, "content is not valid Base64");
            }
        });
        On("POST", Repo("/git/trees"), PostTree);
        On("POST", Repo("/git/commits"), PostCommit);
        On("POST", Repo("/git/refs"), call =>
        {
            if (!call.Text("ref").StartsWith("refs/heads/", StringComparison.Ordinal)) throw Refused(422, "Reference name must start with 'refs/'.");
            var branch = call.Text("ref")["refs/heads/".Length..];
            if (Git.Branches.ContainsKey(branch)) throw Refused(422, "Reference already exists");
            if (Git.Branches.Keys.Any(other => other.StartsWith(branch + "/", StringComparison.Ordinal) || branch.StartsWith(other + "/", StringComparison.Ordinal))) throw Refused(422, "Reference update failed");
            if (!Git.Has(call.Text("sha"), "commit")) throw Refused(422, "Object does not exist");
            Git.Branches[branch] = call.Text("sha");
            return new StrictAnswer(201, ShownRef(branch));
        });
        On("PATCH", Repo("/git/refs/{ref}"), call =>
        {
            var name = call["ref"]["heads/".Length..];
            if (!Git.Branches.TryGetValue(name, out var tip)) throw Refused(422, "Reference does not exist");
            if (!Git.Has(call.Text("sha"), "commit")) throw Refused(422, "Object does not exist");
            if (!call.Flag("force") && !Git.History(call.Text("sha")).Contains(tip)) throw Refused(422, "Update is not a fast forward");
            Git.Branches[name] = call.Text("sha");
            return new StrictAnswer(200, ShownRef(name));
        });
    }

    private string Branch(string reference) =>
        reference.StartsWith("heads/", StringComparison.Ordinal) && Git.Branches.ContainsKey(reference["heads/".Length..]) ? reference["heads/".Length..] : throw Refused(404, "Not Found");

    private string Known(string commit) =>
        !Regex.IsMatch(commit, "^[0-9a-f]{40}$") ? throw Refused(422, "The SHA must be exactly 40 characters long.")
        : Git.Has(commit, "commit") ? commit : throw Refused(404, "Not Found");

    private StrictAnswer Compare(StrictCall call)
    {
        var ends = call["range"].Split("...");
        string Resolve(string end) => Git.Branches.TryGetValue(end, out var tip) ? tip : Git.Has(end, "commit") ? end : throw Refused(404, "Not Found");
        var (lower, upper) = (Resolve(ends[0]), Resolve(ends[1]));
        var ahead = Git.Between(lower, upper);
        var behind = Git.Between(upper, lower);
        var status = (ahead.Count, behind.Count) switch { (0, 0) => "identical", (_, 0) => "ahead", (0, _) => "behind", _ => "diverged" };
        return new StrictAnswer(200, new { status, ahead_by = ahead.Count, behind_by = behind.Count, total_commits = ahead.Count, commits = ahead.Take(call.Number("per_page") ?? 250).Select(ShownCommit), files = Array.Empty<object>() });
    }

    private StrictAnswer PostTree(StrictCall call)
    {
        var files = call.Optional("base_tree") is { } start
            ? Git.Files(Git.Has(start, "tree") ? start : throw Refused(422, "base_tree is not a valid tree oid"))
            : [];
        if (call.Body["tree"] is not JsonArray { Count: > 0 } items) throw Refused(422, "Invalid tree info");
        foreach (var item in items.OfType<JsonObject>())
        {
            var path = (string?)item["path"] ?? "";
            var mode = (string?)item["mode"] ?? "";
            if (path.Length == 0 || path.StartsWith('/') || path.Split('/').Any(part => part is "" or "." or ".." or ".git")) throw Refused(422, "tree.path contains a malformed path component");
            if (!Modes.Contains(mode)) throw Refused(422, "Must supply a valid tree.mode");
            if (!item.ContainsKey("sha") && !item.ContainsKey("content")) throw Refused(422, "Must supply either tree.sha or tree.content");
            if ((string?)item["sha"] is not { } sha)
            {
                if (!files.Remove(path)) throw Refused(422, "GitRPC::BadObjectState");
                continue;
            }
            if (mode != "160000" && !Git.Has(sha, "blob")) throw Refused(422, $"tree.sha {sha} is not a valid blob");
            foreach (var below in files.Keys.Where(file => file.StartsWith(path + "/", StringComparison.Ordinal)).ToList()) files.Remove(below); // a file where a folder was
            files[path] = (mode, sha);
        }
        return new StrictAnswer(201, new { sha = Git.PutTree(files), url = Root, tree = Array.Empty<object>(), truncated = false });
    }

    private StrictAnswer PostCommit(StrictCall call)
    {
        if (!Git.Has(call.Text("tree"), "tree")) throw Refused(422, "Tree SHA does not exist");
        var parents = call.Texts("parents");
        if (parents.FirstOrDefault(parent => !Git.Has(parent, "commit")) is { }) throw Refused(422, "Parent SHA does not exist or is not a commit object");
        var by = call.Body["author"]!;
        var at = DateTimeOffset.Parse((string)by["date"]!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        return new StrictAnswer(201, ShownGitCommit(Git.PutCommit(call.Text("tree"), parents, $"{by["name"]} <{by["email"]}>", at, call.Text("message"))));
    }

    private object ShownRef(string branch) => new { @ref = "refs/heads/" + branch, node_id = "R", url = Root, @object = new { type = "commit", sha = Git.Branches[branch], url = Root } };

    private object ShownGitCommit(string id)
    {
        var commit = Git.Commit(id);
        return new { sha = id, message = commit.Message, committer = new { name = commit.Committer, email = commit.CommitterMail }, tree = new { sha = commit.Tree, url = Root }, parents = commit.Parents.Select(parent => new { sha = parent, url = Root }) };
    }

    private object ShownCommit(string id)
    {
        var commit = Git.Commit(id);
        var person = Collaborators.Keys.FirstOrDefault(login => login == commit.Author);
        return new { sha = id, commit = new { message = commit.Message, author = new { name = commit.Author, email = commit.AuthorMail }, committer = new { name = commit.Committer, email = commit.CommitterMail }, tree = new { sha = commit.Tree } }, author = person is null ? null : Shown(new StrictUser(person)) };
    }
}
