using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Notices;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Storage;
using Kintsugi.Tests.Models;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tests.Healing.Notices;

public sealed class NotifierTests : IDisposable
{
    private const string Secret = "T0-s3cret";

    private static readonly CommitView Head = new("0123456789abcdef", "Mallory", DateTimeOffset.UnixEpoch, "Tidy <!channel> @here <https://evil.example|click> & ship");
    private static readonly Opened Opening = new("scorer", "", "/r", "origin", Head, Head, "main", "m1", "m2", "tier B", 1);

    private readonly string _path = Directory.CreateTempSubdirectory("kintsugi-notices-").FullName;
    private readonly HandClock _clock = new();
    private readonly Database _database;
    private readonly IncidentLog _log;
    private readonly List<string> _warnings = [];

    public NotifierTests()
    {
        _database = Database.Open(Path.Combine(_path, "kintsugi.db"));
        _log = new IncidentLog(_database, _clock);
    }

    [Fact]
    public async Task Each_state_of_an_incident_is_told_once_by_each_channel()
    {
        await using var slack = await StubService.StartAsync(StubService.Json(200, "ok"));
        await using var mail = new ScriptedMailServer();
        using var http = SlackSender.Client();
        var notifier = Notifier(NotifyDefinition.All, new SlackSender(http, slack.Url), new EmailSender(To(mail), _clock));
        var incident = Regress();

        await notifier.TellAsync(incident, Cancelled);
        await notifier.TellAsync(incident, Cancelled);
        _log.Append(incident, 3, new Proposed(new Proposal("pull_request", "kintsugi/scorer/0123", "c", "https://forge.example/o/r/pull/7", "full"), RunCost.None, TimeSpan.Zero));
        await notifier.TellAsync(incident, Cancelled);

        Assert.Equal(["scorer: a version is worse than the blessed one", "scorer: a fix waits for review"], slack.Requests.Select(r => Text(r.Body).Split('\n')[0]));
        Assert.EndsWith("\nhttps://forge.example/o/r/pull/7", Text(slack.Requests[1].Body), StringComparison.Ordinal);
        Assert.Equal(2, mail.Mails.Count);
        Assert.Contains("Subject: scorer: a version is worse than the blessed one", mail.Mails[0], StringComparison.Ordinal);
        Assert.Contains("To: team@example.com", mail.Mails[0], StringComparison.Ordinal);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Nothing_quoted_mentions_links_or_formats()
    {
        await using var slack = await StubService.StartAsync(StubService.Json(200, "ok"));
        using var http = SlackSender.Client();

        await Notifier(NotifyDefinition.All, new SlackSender(http, slack.Url)).TellAsync(Regress(), Cancelled);

        Assert.Contains("Content-Length", slack.Requests.Single().Headers.Keys); // some receivers read nothing of what is chunked
        var sent = JsonDocument.Parse(slack.Requests.Single().Body).RootElement;
        var text = sent.GetProperty("text").GetString()!;
        Assert.DoesNotContain('<', text);
        Assert.Contains("&lt;!channel&gt;", text, StringComparison.Ordinal);
        Assert.Contains("&amp; ship", text, StringComparison.Ordinal);
        Assert.DoesNotContain("@here", text, StringComparison.Ordinal); // parted by what nobody sees
        Assert.DoesNotContain("https://evil", text, StringComparison.Ordinal);
        Assert.Equal(("none", false, false), (sent.GetProperty("parse").GetString(), sent.GetProperty("link_names").GetBoolean(), sent.GetProperty("unfurl_media").GetBoolean()));
    }

    [Fact]
    public async Task A_channel_that_is_down_is_a_warning_without_its_address_and_is_tried_again()
    {
        await using var slack = await StubService.StartAsync(StubService.Fails(500), StubService.Json(200, "ok"));
        using var http = SlackSender.Client();
        var notifier = Notifier(NotifyDefinition.All, new SlackSender(http, new Uri(slack.Url, "/services/" + Secret)));
        var incident = Regress();

        await notifier.TellAsync(incident, Cancelled);
        await notifier.TellAsync(incident, Cancelled);
        await notifier.TellAsync(incident, Cancelled);

        Assert.Equal(2, slack.Requests.Count);
        Assert.Contains("answered 500", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, _warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_that_leads_elsewhere_is_not_followed()
    {
        await using var elsewhere = await StubService.StartAsync(StubService.Json(200, "ok"));
        await using var slack = await StubService.StartAsync(context =>
        {
            context.Response.Redirect(elsewhere.Url.ToString());
            return Task.CompletedTask;
        });
        using var http = SlackSender.Client();

        await Notifier(NotifyDefinition.All, new SlackSender(http, slack.Url)).TellAsync(Regress(), Cancelled);

        Assert.Empty(elsewhere.Requests);
        Assert.Contains("answered 302", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_claimed_and_not_sent_is_sent_by_who_comes_later_and_not_by_who_comes_meanwhile()
    {
        await using var slack = await StubService.StartAsync(StubService.Json(200, "ok"));
        using var http = SlackSender.Client();
        var notifier = Notifier(NotifyDefinition.All, new SlackSender(http, slack.Url));
        var incident = Regress();
        Assert.True(new NoticeLedger(_database, _clock).Claim(Notice.Of(IncidentState.Fold(incident, _log.Read(incident)))!, "slack")); // and that process dies

        await notifier.TellAsync(incident, Cancelled);
        Assert.Empty(slack.Requests);
        _clock.Advance(TimeSpan.FromMinutes(2));
        await notifier.TellAsync(incident, Cancelled);

        Assert.Single(slack.Requests);
    }

    [Fact]
    public async Task A_mail_server_that_refuses_says_only_its_number()
    {
        await using var mail = new ScriptedMailServer("554 no <b>" + Secret);

        await Notifier(NotifyDefinition.All, new EmailSender(To(mail), _clock)).TellAsync(Regress(), Cancelled);

        Assert.Contains("notify.email answered 554", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, _warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_server_that_is_not_there_is_a_warning()
    {
        int port;
        await using (var gone = new ScriptedMailServer()) port = gone.Port;

        await Notifier(NotifyDefinition.All, new EmailSender(new EmailDefinition(new Uri($"smtp://127.0.0.1:{port}"), null, null, "k@example.com", ["team@example.com"]), _clock)).TellAsync(Regress(), Cancelled);

        Assert.Contains("is not to be reached (ConnectionRefused)", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_is_shown_to_the_mail_server_where_one_is_configured()
    {
        await using var mail = new ScriptedMailServer();

        await Notifier(NotifyDefinition.All, new EmailSender(To(mail) with { User = "kintsugi", Password = Secret }, _clock)).TellAsync(Regress(), Cancelled);

        Assert.Contains(mail.Commands, c => c == "AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0kintsugi\0{Secret}")));
        Assert.Single(mail.Mails);
    }

    [Fact]
    public async Task Only_the_states_that_were_asked_for_are_told()
    {
        await using var slack = await StubService.StartAsync(StubService.Json(200, "ok"));
        using var http = SlackSender.Client();
        var incident = Regress();
        _log.Append(incident, 3, new Closed(IncidentOutcome.Escalated, "No fix passed in 3 attempts."));

        await Notifier(new HashSet<NotableState> { NotableState.Escalated }, new SlackSender(http, slack.Url)).TellAsync(incident, Cancelled);

        Assert.StartsWith("scorer: a person has to decide", Text(slack.Requests.Single().Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_day_on_which_nothing_was_wrong_nobody_hears_and_a_missing_secret_is_no_matter()
    {
        var (incident, _) = _log.Open("f00d", Opening);
        _log.Append(incident, 2, new Closed(IncidentOutcome.Healthy, "as good"));
        var notifier = new Notifier(_log, new NoticeLedger(_database, _clock), [], new NotifyDefinition(NotifyDefinition.All) { Unusable = ["notify.slack: the environment variable HOOK is not set"] }, _warnings.Add);

        await notifier.TellAsync(incident, Cancelled);
        Assert.Empty(_warnings);
        await notifier.TellAsync(Regress("beef"), Cancelled);

        Assert.Contains("HOOK is not set", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_happens_while_an_incident_is_driven_is_told_meanwhile_and_what_is_left_at_the_end()
    {
        await using var slack = await StubService.StartAsync(StubService.Json(200, "ok"));
        using var http = SlackSender.Client();
        var incident = Regress();

        await using (var underWay = new NoticesUnderWay(Notifier(NotifyDefinition.All, new SlackSender(http, slack.Url)), incident, null, Cancelled))
        {
            _log.Append(incident, 3, new Closed(IncidentOutcome.LeftAlone, "It is meant so."));
            underWay.Report(_log.Read(incident)[^1]);
        }

        Assert.Equal(2, slack.Requests.Count);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_path, recursive: true);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string Text(string body) => JsonDocument.Parse(body).RootElement.GetProperty("text").GetString()!;

    private static EmailDefinition To(ScriptedMailServer mail) => new(new Uri($"smtp://127.0.0.1:{mail.Port}"), null, null, "kintsugi@example.com", ["team@example.com"]);

    private Notifier Notifier(IReadOnlySet<NotableState> on, params INoticeSender[] senders) =>
        new(_log, new NoticeLedger(_database, _clock), senders, new NotifyDefinition(on), _warnings.Add);

    private string Regress(string fingerprint = "f00d")
    {
        var (incident, _) = _log.Open(fingerprint, Opening);
        _log.Append(incident, 2, new PairsRun(true, false, false, "12 of 20 pairs broke.", [], RunCost.None, TimeSpan.Zero));
        return incident;
    }
}
