using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Kintsugi.Healing.Notices;

/// <summary>Posts to a Slack-compatible incoming webhook (Slack, Mattermost, Rocket.Chat, Discord's `/slack`).</summary>
/// <param name="webhook">A secret: whoever has it can write there.</param>
public sealed class SlackSender(HttpClient http, Uri webhook) : INoticeSender
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    public string Channel => "slack";

    /// <summary>A client for it: it follows no redirect, which would carry the words elsewhere.</summary>
    public static HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public async Task SendAsync(Notice notice, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Longest);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, webhook) { Content = new StringContent(Payload(notice).ToJsonString(), Encoding.UTF8, "application/json") }; // with its length: some receivers read nothing of what is chunked
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (!response.IsSuccessStatusCode) throw new NoticeNotSentException($"the webhook of notify.slack answered {(int)response.StatusCode}.");
        }
        catch (HttpRequestException e)
        {
            throw new NoticeNotSentException($"the webhook of notify.slack is not to be reached ({(e.InnerException as SocketException)?.SocketErrorCode.ToString() ?? e.HttpRequestError.ToString()}).", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NoticeNotSentException($"the webhook of notify.slack did not answer within {Longest.TotalSeconds:0} s.", e);
        }
    }

    private static JsonObject Payload(Notice notice) => new()
    {
        ["text"] = Escape(notice.Text()),
        ["mrkdwn"] = false,
        ["parse"] = "none",
        ["link_names"] = false,
        ["unfurl_links"] = false,
        ["unfurl_media"] = false,
    };

    /// <summary>Slack acts on nothing but what stands in angle brackets, once `parse` is `none`.</summary>
    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
