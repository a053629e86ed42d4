using System.Text.Json;
using Kintsugi.Bench;
using Kintsugi.Healing.Review;

namespace Kintsugi.EndToEnd;

/// <summary>A fix as a pull request, and what follows, by the real command against a forge that is as strict as GitHub.</summary>
public sealed class ReviewTests(ReviewTests.Made made) : IClassFixture<ReviewTests.Made>
{
    private const string AdderSettings = "agent: { name: adder, run: python3 -S agent.py }\ndataset: gold.jsonl\nscorers: [exact: {}]\nreview: { to: github, token: \"${FORGE_TOKEN}\", base: main }\n";

    private static readonly string AdderGold = string.Concat(Enumerable.Range(1, 30).Select(i => $$"""{"id":"g{{i}}","input":{"n":{{i}}},"target":{{i + 1}}}""" + "\n"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fix_is_put_before_people_once_also_when_the_database_is_lost()
    {
        await using var ground = await made.OpenAsync();

        var first = await ground.Heal().RunAsync(Token);
        ground.LoseDatabase();
        var second = await ground.Heal().RunAsync(Token);

        Assert.Equal((0, 0), (first.ExitStatus, second.ExitStatus));
        var pull = Assert.Single(ground.Forge.PullRequests);
        Assert.True(pull.IsDraft);
        Assert.Contains("self-heal", pull.Labels);
        Assert.Contains("## The cause, and its proof", pull.Body, StringComparison.Ordinal);
        Assert.Contains("/kintsugi retry WORDS", pull.Body, StringComparison.Ordinal);
        Assert.Contains("actions/runs/17", pull.Body, StringComparison.Ordinal);
        Assert.Equal("main", pull.Base);
        Assert.Equal(("pull_request", pull.Head, pull.Tip), (Said(first, "kind"), Said(first, "branch"), Said(first, "commit")));
        Assert.Equal(Said(first, "url"), Said(second, "url"));
        Assert.Empty(await ground.Folder.FixesAsync(Token)); // no branch of the user's own
        var check = Assert.Single(ground.Forge.Checks);
        Assert.Equal("kintsugi / gtm-lead-scorer", check.Name);
        Assert.Equal("failure", check.Conclusion);
    }

    [Fact]
    public async Task People_are_answered_and_get_the_attempt_they_ask_for()
    {
        await using var ground = await made.ProposedAsync();
        var pull = Assert.Single(ground.Forge.PullRequests);
        var before = pull.Tip;
        var explain = ground.Forge.Say(pull.Number, ReviewGround.Maintainer, "/kintsugi explain");
        var ignore = ground.Forge.Say(pull.Number, "mallory", "/kintsugi ignore");
        var rollback = ground.Forge.Say(pull.Number, ReviewGround.Maintainer, "Too little.\n\n/kintsugi rollback");

        await WatchAsync(ground);
        await WatchAsync(ground);

        var answers = ground.Forge.PullRequests[0].Comments.Where(c => c.User.Login != ReviewGround.Maintainer && c.User.Login != "mallory").ToList();
        Assert.Equal(2, answers.Count);
        Assert.Contains("## The cause, and its proof", answers[0].Body, StringComparison.Ordinal);
        Assert.Contains("roll_back", answers[1].Body, StringComparison.Ordinal);
        Assert.Contains($"answer:comment:{explain}", answers[0].Body, StringComparison.Ordinal);
        Assert.Contains($"answer:comment:{rollback}", answers[1].Body, StringComparison.Ordinal);
        Assert.DoesNotContain(answers, a => a.Body.Contains($"answer:comment:{ignore}", StringComparison.Ordinal));
        Assert.True(before != ground.Forge.PullRequests[0].Tip, answers[1].Body);
        Assert.Contains(before, ground.Forge.Git.History(ground.Forge.PullRequests[0].Tip)); // on the same branch, nothing forced
        Assert.Contains("innocent changes go too", ground.Forge.PullRequests[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_asked_for_comes_on_top_of_what_a_process_put_there_that_this_one_knows_nothing_of()
    {
        await using var ground = await made.ProposedAsync();
        var pull = Assert.Single(ground.Forge.PullRequests);
        var others = ground.Forge.Do(() =>
        {
            var tip = ground.Forge.Git.Commit(pull.Tip);
            var files = ground.Forge.Git.Files(tip.Tree);
            files["another.md"] = files.Values.First();
            return ground.Forge.Git.Branches[pull.Head!] = ground.Forge.Git.PutCommit(
                ground.Forge.Git.PutTree(files), [tip.Id], $"{tip.Author} <{tip.AuthorMail}>", DateTimeOffset.UnixEpoch, tip.Message);
        });
        ground.Forge.Say(pull.Number, ReviewGround.Maintainer, "/kintsugi rollback");

        await WatchAsync(ground);

        var tip = ground.Forge.Git.Commit(ground.Forge.PullRequests[0].Tip);
        Assert.Equal([others], tip.Parents);
        Assert.Null(ground.Forge.Git.Text(pull.Head!, "another.md"));
        Assert.Contains($"is on this branch as `{tip.Id[..7]}", ground.Forge.PullRequests[0].Comments[^1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_merged_is_evaluated_and_the_last_word_offers_the_blessing()
    {
        await using var ground = await made.ProposedAsync();
        var pull = Assert.Single(ground.Forge.PullRequests);
        var merged = ground.Forge.Merge(pull.Number, squash: true);
        await ground.PullAsync(Token);

        await WatchAsync(ground);
        await WatchAsync(ground);

        var word = Assert.Single(ground.Forge.PullRequests[0].Comments).Body;
        Assert.Contains("kintsugi bless", word, StringComparison.Ordinal);
        Assert.Contains(merged[..10], word, StringComparison.Ordinal);
        Assert.All(ground.Folder.Incidents(), i => Assert.Equal(IncidentOutcome.Healthy, i.Outcome));
        Assert.Single(ground.Forge.PullRequests);
    }

    [Fact]
    public async Task What_a_person_closed_is_not_asked_again_also_when_the_database_is_lost()
    {
        await using var ground = await made.ProposedAsync();
        ground.Forge.Close(1);

        await WatchAsync(ground);
        ground.LoseDatabase();
        var again = await ground.Heal().RunAsync(Token);

        Assert.Equal("left_alone", again.Document.GetProperty("outcome").GetString());
        Assert.Single(ground.Forge.PullRequests);
        Assert.Empty(ground.Forge.PullRequests[0].Comments);
    }

    [Fact]
    public async Task What_a_person_closed_costs_no_run_again_and_no_repair_where_the_database_is_lost()
    {
        await using var ground = await made.ProposedAsync();
        ground.Forge.Close(1);
        await WatchAsync(ground);
        var before = Assert.Single(ground.Folder.Incidents());

        var known = await ground.Command("heal", ground.Folder.Path, "--gate").RunAsync(Token);
        Assert.Equal(1, known.ExitStatus); // the version is worse still
        Assert.Contains($"incident {before.Incident} was left alone, so nothing is run: Pull request 1 ", known.Error, StringComparison.Ordinal);
        Assert.Equal(before.Version, Assert.Single(ground.Folder.Incidents()).Version);

        ground.LoseDatabase();
        var lost = await ground.Heal().RunAsync(Token);
        var again = await ground.Heal().RunAsync(Token);
        Assert.Equal(["left_alone", "left_alone"], new[] { lost, again }.Select(end => end.Document.GetProperty("outcome").GetString()));
        Assert.Equal(0, lost.Document.GetProperty("attempts").GetArrayLength());
        Assert.Equal(lost.Document.GetProperty("incident").GetString(), again.Document.GetProperty("incident").GetString());
    }

    [Fact]
    public async Task A_token_that_is_refused_is_told_before_anything_is_run()
    {
        await using var ground = await made.OpenAsync();
        var wrong = ground.Heal();
        wrong.Variables["FORGE_TOKEN"] = "wrong";

        var end = await wrong.RunAsync(Token);

        Assert.Equal(4, end.ExitStatus);
        Assert.Empty(ground.Folder.Incidents());
    }

    [Fact]
    public async Task What_a_person_opens_again_is_looked_after_from_the_next_heal_on()
    {
        await using var ground = await made.ProposedAsync();
        ground.Forge.Close(1);
        await WatchAsync(ground);
        ground.Forge.Reopen(1);
        var explain = ground.Forge.Say(1, ReviewGround.Maintainer, "/kintsugi explain");
        await WatchAsync(ground);
        Assert.Single(ground.Forge.PullRequests[0].Comments);

        var again = await ground.Heal().RunAsync(Token);
        await WatchAsync(ground);

        Assert.Equal("proposed", again.Document.GetProperty("outcome").GetString());
        Assert.Contains($"answer:comment:{explain}", Assert.Single(ground.Forge.PullRequests).Comments[^1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_that_a_person_has_made_anew_under_its_pull_request_is_theirs_also_when_the_database_is_lost()
    {
        await using var ground = await made.ProposedAsync();
        var pull = Assert.Single(ground.Forge.PullRequests);
        var theirs = ground.Forge.Do(() =>
        {
            var tip = ground.Forge.Git.Commit(pull.Tip);
            return ground.Forge.Git.Branches[pull.Head!] = ground.Forge.Git.PutCommit(tip.Tree, tip.Parents, "ann <ann@example.org>", DateTimeOffset.UnixEpoch, "Say it my way\n");
        });
        ground.LoseDatabase();
        var explain = ground.Forge.Say(1, ReviewGround.Maintainer, "/kintsugi retry please");

        var again = await ground.Heal().RunAsync(Token);
        await WatchAsync(ground);

        Assert.Equal(("proposed", theirs), (again.Document.GetProperty("outcome").GetString(), Said(again, "commit")));
        Assert.Equal(theirs, ground.Forge.PullRequests[0].Tip);
        Assert.Contains("so it is theirs", ground.Forge.PullRequests[0].Comments.Single(c => c.Body.Contains($"answer:comment:{explain}", StringComparison.Ordinal)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_on_the_branch_is_not_said_to_be_verified_by_a_run_that_did_not_put_it_there()
    {
        await using var ground = await made.ProposedAsync();
        ground.Forge.Say(1, ReviewGround.Maintainer, "/kintsugi rollback");
        await WatchAsync(ground);
        ground.LoseDatabase();

        var again = await ground.Heal().RunAsync(Token);
        ground.Forge.Say(1, ReviewGround.Maintainer, "/kintsugi explain");
        await WatchAsync(ground);

        Assert.Equal("none", Said(again, "verification"));
        Assert.Contains("put there by an earlier run or a person", ground.Forge.PullRequests[0].Comments[^1].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("This takes back the one hunk", ground.Forge.PullRequests[0].Comments[^1].Body, StringComparison.Ordinal);
        Assert.Contains("innocent changes go too", ground.Forge.PullRequests[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_who_has_to_decide_is_asked_by_one_issue()
    {
        using var drill = new DrillGround();
        await using var ground = await ReviewGround.OpenAsync(await ReviewGround.MakeAsync(drill.Place("made"), "drift", Token), drill.Place("ground"), Token);

        var first = await ground.Heal().RunAsync(Token);
        ground.LoseDatabase();
        var second = await ground.Heal().RunAsync(Token);

        Assert.Equal((1, 1), (first.ExitStatus, second.ExitStatus));
        Assert.Empty(ground.Forge.PullRequests);
        var issue = Assert.Single(ground.Forge.Issues);
        Assert.Contains("What to look at first", issue.Body, StringComparison.Ordinal);
        Assert.Contains(ReviewGround.Maintainer, issue.Assignees);
    }

    [Fact]
    public async Task Whoever_only_wants_to_see_it_needs_no_token_and_proposes_nothing()
    {
        await using var ground = await made.OpenAsync();
        var look = ground.Command("heal", ground.Folder.Path, "--until", "repair", "--json");
        look.Variables.Remove("FORGE_TOKEN");
        var heal = ground.Command("heal", ground.Folder.Path, "--json");
        heal.Variables.Remove("FORGE_TOKEN");

        var (seen, refused) = (await look.RunAsync(Token), await heal.RunAsync(Token));

        Assert.Equal(0, seen.ExitStatus);
        Assert.True(seen.Document.GetProperty("attempts")[0].GetProperty("passed").GetBoolean());
        Assert.Equal(2, refused.ExitStatus);
        Assert.Contains("FORGE_TOKEN", refused.Error, StringComparison.Ordinal);
        Assert.Empty(ground.Forge.Requests);
    }

    [Fact]
    public async Task The_doctor_says_whether_the_forge_answers()
    {
        await using var ground = await made.OpenAsync();
        var without = ground.Command("doctor", ground.Folder.Path);
        without.Variables.Remove("FORGE_TOKEN");
        var wrong = ground.Command("doctor", ground.Folder.Path);
        wrong.Variables["FORGE_TOKEN"] = "wrong";

        Assert.Contains("ok    review    github: pull requests can be read", (await ground.Command("doctor", ground.Folder.Path).RunAsync(Token)).Output, StringComparison.Ordinal);
        Assert.Contains("note  review    fixes are proposed at a forge (`review.to: github`), and the environment variable FORGE_TOKEN", (await without.RunAsync(Token)).Output, StringComparison.Ordinal);
        var refused = await wrong.RunAsync(Token);
        Assert.Contains("FAIL  review", refused.Output, StringComparison.Ordinal);
        Assert.Equal(1, refused.ExitStatus);
    }

    [Fact]
    public async Task A_forge_that_is_down_is_the_world_and_the_fix_is_put_there_once_it_is_back()
    {
        await using var ground = await made.OpenAsync();
        ground.Forge.Faults = request => request.Method == "GET" ? Kintsugi.Tests.Forge.Fault.None : Kintsugi.Tests.Forge.Fault.UsedUp;

        var down = await ground.Heal().RunAsync(Token);
        ground.Forge.Faults = _ => Kintsugi.Tests.Forge.Fault.None;
        var back = await ground.Command("incident", "resume", ground.Folder.Incidents()[0].Incident, "--dir", ground.Folder.Path, "--json").RunAsync(Token);

        Assert.Equal((4, 0), (down.ExitStatus, back.ExitStatus));
        Assert.DoesNotContain(Kintsugi.Tests.Forge.StrictGitHub.Token, down.Error, StringComparison.Ordinal);
        Assert.Single(ground.Forge.PullRequests);
    }

    [Theory]
    [InlineData("heal", 0)] // the heal's own
    [InlineData("ci", 4)] // the graver of both
    [InlineData("watch", 4)]
    public async Task A_conversation_that_cannot_go_on_holds_up_no_healing(string verb, int status)
    {
        await using var ground = await made.ProposedAsync();
        var incident = Assert.Single(ground.Folder.Incidents()).Incident;
        await Shell.GitAsync(ground.Folder.Path, "checkout", "--quiet", ":/^Bless the", "--", "prompts");
        await Shell.GitAsync(ground.Folder.Path, "commit", "-qm", "Put the prompt back");
        ground.Forge.Faults = request => request.Path.Contains("/pulls", StringComparison.Ordinal) ? Kintsugi.Tests.Forge.Fault.UsedUp : Kintsugi.Tests.Forge.Fault.None;

        var end = await ground.Command(verb switch
        {
            "heal" => ["heal", ground.Folder.Path],
            "ci" => ["ci", "--event", "schedule", "--payload", "/dev/null", ground.Folder.Path],
            _ => ["watch", ground.Folder.Path, "--once"],
        }).RunAsync(Token);

        Assert.True(end.ExitStatus == status, $"{end.ExitStatus}: {end.Output}{end.Error}");
        Assert.Contains($"warning: incident {incident}: ", end.Error, StringComparison.Ordinal);
        Assert.Equal(IncidentOutcome.Superseded, Assert.Single(ground.Folder.Incidents()).Outcome); // the version is good again
    }

    [Fact]
    public async Task A_webhook_has_the_server_answer_at_once_and_a_forged_one_does_not()
    {
        await using var ground = await made.ProposedAsync();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ground.Forge.Faults = request =>
        {
            if (request is { Method: "POST" } && request.Path.EndsWith("/comments", StringComparison.Ordinal)) answered.TrySetResult();
            return Kintsugi.Tests.Forge.Fault.None;
        };
        using var serve = await Shell.StartKintsugiAsync(
            new Dictionary<string, string>(ground.Job) { ["KINTSUGI_WEBHOOK_SECRET"] = "a-secret" }, "serve", ground.Folder.Path, "--port", "0", "--grpc-port", "0");
        using var output = new StreamReader(serve.Output);
        using var http = new HttpClient();
        Uri? webhook = null;
        while (webhook is null)
            if (await output.ReadLineAsync(Token) is var line && line!.Contains("/webhooks/github", StringComparison.Ordinal)) webhook = new Uri(line[line.IndexOf("http:", StringComparison.Ordinal)..].Trim());

        ground.Forge.Say(1, ReviewGround.Maintainer, "/kintsugi explain");
        using var forged = await http.SendAsync(Delivery(webhook, "another-secret"), Token);
        using var real = await http.SendAsync(Delivery(webhook, "a-secret"), Token);
        await answered.Task.WaitAsync(TimeSpan.FromSeconds(50), Token); // without a webhook it would be a minute
        serve.Kill();

        Assert.Equal((System.Net.HttpStatusCode.Unauthorized, System.Net.HttpStatusCode.Accepted), (forged.StatusCode, real.StatusCode));
    }

    [Fact]
    public async Task A_watch_says_what_it_cannot_read_and_goes_on_with_the_next_version()
    {
        await using var ground = await made.OpenAsync();
        var clone = made.Place();
        string[] watch = ["watch", clone, "--repo", new Uri(ground.Folder.Path).AbsoluteUri, "--once"];
        var settings = Path.Combine(ground.Folder.Path, "kintsugi.yaml");
        var good = await File.ReadAllTextAsync(settings, Token);
        await File.WriteAllTextAsync(settings, "agent: [", Token);
        await Shell.GitAsync(ground.Folder.Path, "commit", "-qam", "Break the settings");
        var broken = await ground.Command(watch).RunAsync(Token);
        await File.WriteAllTextAsync(settings, good, Token);
        await Shell.GitAsync(ground.Folder.Path, "commit", "-qam", "Mend the settings");
        await ground.Forge.Git.LoadAsync(ground.Folder.Path, Token);

        var mended = await ground.Command(watch).RunAsync(Token);

        Assert.Equal((2, 0), (broken.ExitStatus, mended.ExitStatus));
        Assert.Contains("warning: the agent: kintsugi.yaml", broken.Error, StringComparison.Ordinal);
        Assert.Single(ground.Forge.PullRequests);
    }

    [Fact]
    public async Task A_repository_is_followed_in_a_clone_of_our_own()
    {
        await using var ground = await made.OpenAsync();
        var clone = made.Place();

        var first = await ground.Command("watch", clone, "--repo", new Uri(ground.Folder.Path).AbsoluteUri, "--once").RunAsync(Token);
        var second = await ground.Command("watch", clone, "--repo", new Uri(ground.Folder.Path).AbsoluteUri, "--once").RunAsync(Token);

        Assert.Equal((0, 0), (first.ExitStatus, second.ExitStatus));
        Assert.Contains("proposed", first.Output, StringComparison.Ordinal);
        Assert.Single(ground.Forge.PullRequests);
    }

    private static HttpRequestMessage Delivery(Uri webhook, string secret)
    {
        var body = "{}"u8.ToArray();
        var request = new HttpRequestMessage(HttpMethod.Post, webhook) { Content = new ByteArrayContent(body) };
        request.Headers.TryAddWithoutValidation("X-GitHub-Delivery", "d-1");
        request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret), body)));
        return request;
    }

    [Fact]
    public async Task Two_agents_of_one_repository_that_break_alike_are_kept_apart()
    {
        const string Code = "import json, sys\nfor line in sys.stdin:\n    task = json.loads(line)\n    print(json.dumps({\"id\": task[\"id\"], \"epoch\": task[\"epoch\"], \"output\": task[\"input\"][\"n\"] + 1}), flush=True)\n";
        using var repository = await AgentRepository.WithAsync([.. new[] { "one", "two" }.SelectMany(a => new[] { ($"{a}/kintsugi.yaml", AdderSettings), ($"{a}/gold.jsonl", AdderGold), ($"{a}/agent.py", Code) })]);
        await repository.CommitAsync("Add");
        foreach (var agent in new[] { "one", "two" }) Assert.Equal(0, (await Shell.KintsugiAsync("bless", "--dir", Path.Combine(repository.Top, agent))).Status);
        await repository.CommitAsync("Bless");
        foreach (var agent in new[] { "one", "two" }) repository.Edit($"{agent}/agent.py", "+ 1", "+ 2");
        await repository.CommitAsync("Add more");
        await using var ground = await ReviewGround.OpenAsync(new DemoFolder(repository.Top), made.Place(), Token);

        await WatchAsync(ground);
        await WatchAsync(ground);

        Assert.Equal(2, ground.Forge.PullRequests.Count);
        Assert.Equal(2, ground.Forge.PullRequests.Select(p => p.Head).Distinct().Count());
        Assert.Equal(["one/agent.py", "two/agent.py"], ground.Forge.PullRequests.SelectMany(p => p.Body!.Split('\n').Where(l => l.StartsWith("+++ b/", StringComparison.Ordinal)).Select(l => l[6..])).Order());
    }

    [Fact]
    public async Task A_fix_that_was_squashed_and_then_taken_back_is_proposed_anew()
    {
        await using var ground = await AdderAsync();
        await ChangeAsync(ground, "add.py", "ADD = 2");
        await WatchAsync(ground);
        ground.Forge.Merge(1, squash: true);
        await ground.PullAsync(Token);
        await WatchAsync(ground);
        Assert.Contains("kintsugi bless", Assert.Single(ground.Forge.PullRequests[0].Comments).Body, StringComparison.Ordinal);

        await ChangeAsync(ground, "add.py", "ADD = 2");
        await WatchAsync(ground);
        await WatchAsync(ground);

        Assert.Equal([("closed", 2), ("open", 0)], ground.Forge.PullRequests.Select(p => (p.State, p.Comments.Count)));
        Assert.Contains("/pull/2", ground.Forge.PullRequests[0].Comments[^1].Body, StringComparison.Ordinal);
        Assert.Equal("ADD = 1\n", ground.Forge.Git.Text(ground.Forge.PullRequests[1].Head!, "add.py"));
        Assert.Equal([IncidentOutcome.Healthy, IncidentOutcome.Proposed], ground.Folder.Incidents().Select(i => i.Outcome).Order());
    }

    [Fact]
    public async Task What_was_mended_by_hand_and_breaks_again_is_asked_again()
    {
        await using var ground = await AdderAsync();
        await ChangeAsync(ground, "add.py", "ADD = 2");
        await WatchAsync(ground);
        await ChangeAsync(ground, "add.py", "ADD = 1");
        await WatchAsync(ground);
        Assert.Equal("closed", Assert.Single(ground.Forge.PullRequests).State);

        await ChangeAsync(ground, "add.py", "ADD = 2");
        await WatchAsync(ground);

        Assert.Equal(["closed", "open"], ground.Forge.PullRequests.Select(p => p.State));
        Assert.Equal("ADD = 1\n", ground.Forge.Git.Text(ground.Forge.PullRequests[1].Head!, "add.py"));
    }

    [Fact]
    public async Task Where_an_incident_turns_out_to_be_of_another_culprit_one_pull_request_is_open()
    {
        await using var ground = await AdderAsync();
        await ChangeAsync(ground, "add.py", "ADD = 2");
        await WatchAsync(ground);
        await File.WriteAllTextAsync(Path.Combine(ground.Folder.Path, "times.py"), "TIMES = 3\n", Token);
        await ChangeAsync(ground, "add.py", "ADD = 1");
        await WatchAsync(ground);

        Assert.Equal(["closed", "open"], ground.Forge.PullRequests.Select(p => p.State));
        Assert.Equal("TIMES = 1\n", ground.Forge.Git.Text(ground.Forge.PullRequests[1].Head!, "times.py"));
        Assert.Contains("/pull/2", Assert.Single(ground.Forge.PullRequests[0].Comments).Body, StringComparison.Ordinal);
        var explain = ground.Forge.Say(2, ReviewGround.Maintainer, "/kintsugi explain");
        await WatchAsync(ground);
        Assert.Contains($"answer:comment:{explain}", ground.Forge.PullRequests[1].Comments[^1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_production_that_was_rolled_back_closes_no_fix()
    {
        await using var ground = await AdderAsync();
        await ChangeAsync(ground, "times.py", "TIMES = 2 // 2");
        var older = await Shell.GitAsync(ground.Folder.Path, "rev-parse", "HEAD");
        await ChangeAsync(ground, "add.py", "ADD = 2");
        await WatchAsync(ground);
        var before = Assert.Single(ground.Folder.Incidents());

        var back = await ground.Command("heal", ground.Folder.Path, "--head", older, "--gate").RunAsync(Token);
        await WatchAsync(ground);

        Assert.Equal(1, back.ExitStatus); // as the incident stands: a fix waits
        Assert.Contains($"{older[..10]} is older than {before.Head.Id[..10]}, which incident {before.Incident} looks at", back.Error, StringComparison.Ordinal);
        Assert.Equal(("open", 0), (Assert.Single(ground.Forge.PullRequests).State, ground.Forge.PullRequests[0].Comments.Count));
        Assert.Equal(before.Version, Assert.Single(ground.Folder.Incidents()).Version);
    }

    [Fact]
    public async Task A_fix_is_put_before_people_once_however_the_clone_spells_its_origin()
    {
        await using var ground = await AdderAsync();
        await ChangeAsync(ground, "add.py", "ADD = 2");

        foreach (var origin in new[] { "git@forge.example:ann/agent.git", "https://x:y@forge.example/Ann/agent/", "/srv/mirror" })
        {
            await Shell.GitAsync(ground.Folder.Path, "config", "remote.origin.url", origin);
            await WatchAsync(ground);
            ground.LoseDatabase();
        }

        Assert.Single(ground.Forge.PullRequests);
    }

    /// <summary>A blessed agent of two numbers, each in a file of its own.</summary>
    private async Task<ReviewGround> AdderAsync()
    {
        const string Code = "import json, sys\nfrom add import ADD\nfrom times import TIMES\nfor line in sys.stdin:\n    task = json.loads(line)\n    print(json.dumps({\"id\": task[\"id\"], \"epoch\": task[\"epoch\"], \"output\": task[\"input\"][\"n\"] * TIMES + ADD}), flush=True)\n";
        using var repository = await AgentRepository.WithAsync([("kintsugi.yaml", AdderSettings), ("gold.jsonl", AdderGold), ("agent.py", Code), ("add.py", "ADD = 1\n"), ("times.py", "TIMES = 1\n")]);
        await repository.CommitAsync("Add");
        Assert.Equal(0, (await Shell.KintsugiAsync("bless", "--dir", repository.Top)).Status);
        await repository.CommitAsync("Bless");
        return await ReviewGround.OpenAsync(new DemoFolder(repository.Top), made.Place(), Token);
    }

    /// <summary>Somebody pushes to the main branch, and it is pulled.</summary>
    private static async Task ChangeAsync(ReviewGround ground, string file, string line)
    {
        await File.WriteAllTextAsync(Path.Combine(ground.Folder.Path, file), line + "\n", Token);
        await Shell.GitAsync(ground.Folder.Path, "commit", "-qam", $"Say {line}");
        await ground.Forge.Git.LoadAsync(ground.Folder.Path, Token);
    }

    /// <summary>A seeded slice of `bench review-kill`.</summary>
    [Fact]
    public async Task Whatever_is_killed_or_fails_there_is_one_of_everything()
    {
        var report = await ReviewKills.DrillAsync(kills: 8, seed: 3, TestContext.Current.SendDiagnosticMessage, Token);

        Assert.Empty(report.Problems);
        Assert.True(report.Faults > 0);
    }

    private static async Task WatchAsync(ReviewGround ground)
    {
        var end = await ground.Watch().RunAsync(Token);
        Assert.True(end.ExitStatus == 0, $"{end.ExitStatus}: {end.Output}{end.Error}");
    }

    private static string? Said(CommandEnd end, string key) => end.Document.GetProperty("proposal") is { ValueKind: JsonValueKind.Object } proposal ? proposal.GetProperty(key).GetString() : null;

    /// <summary>The broken repository, and the same up to where its fix is about to be proposed: made once.</summary>
    public sealed class Made : IAsyncLifetime
    {
        private readonly DrillGround _drill = new();
        private DemoFolder _broken = null!;
        private DemoFolder _mended = null!;
        private int _opened;

        public async ValueTask InitializeAsync()
        {
            _broken = await ReviewGround.MakeAsync(_drill.Place("broken"), "prompt", Token);
            await using var ground = await ReviewGround.OpenAsync(_broken, _drill.Place("mended"), Token);
            await ground.Command("heal", ground.Folder.Path, "--seed", "1", "--until", "repair").RunAsync(Token);
            _mended = ground.Folder;
        }

        internal string Place() => _drill.Place($"opened-{Interlocked.Increment(ref _opened)}");

        internal Task<ReviewGround> OpenAsync() => ReviewGround.OpenAsync(_broken, Place(), Token);

        internal async Task<ReviewGround> ProposedAsync()
        {
            var ground = await ReviewGround.OpenAsync(_mended, Place(), Token);
            var end = await ground.Heal().RunAsync(Token);
            Assert.True(end.ExitStatus == 0, end.Error);
            return ground;
        }

        public ValueTask DisposeAsync()
        {
            _drill.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
