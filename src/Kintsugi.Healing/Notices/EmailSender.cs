using System.Net.Sockets;
using Kintsugi.Evaluation.Agents;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using MimeKit.Text;

namespace Kintsugi.Healing.Notices;

/// <summary>Sends plain mail by SMTP. A password goes over TLS only, or to this machine.</summary>
public sealed class EmailSender(EmailDefinition settings, TimeProvider clock) : INoticeSender
{
    private const int SubmissionPort = 587;
    private const int TlsPort = 465;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public string Channel => "email";

    public async Task SendAsync(Notice notice, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Longest);
        try
        {
            using var client = new SmtpClient();
            await client.ConnectAsync(settings.Smtp.Host, Port(), Tls(), limit.Token);
            if (settings.User is { } user) await client.AuthenticateAsync(user, settings.Password ?? "", limit.Token);
            await client.SendAsync(Message(notice), limit.Token);
            await client.DisconnectAsync(quit: true, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NoticeNotSentException($"{Server()} did not answer within {Longest.TotalSeconds:0} s.", e);
        }
        catch (Exception e) when (e is SocketException or IOException or CommandException or ProtocolException or AuthenticationException or SslHandshakeException or NotSupportedException)
        {
            throw new NoticeNotSentException($"{Server()} {Why(e)}.", e);
        }
    }

    /// <summary>The same notice has the same id, so that one that is sent twice is shown as one.</summary>
    private MimeMessage Message(Notice notice)
    {
        var message = new MimeMessage { Subject = notice.Title, Date = clock.GetUtcNow(), MessageId = $"{notice.Incident}.{notice.Version}@kintsugi.invalid" };
        message.From.Add(new MailboxAddress("Kintsugi", settings.From));
        foreach (var to in settings.To) message.To.Add(new MailboxAddress("", to));
        message.References.Add($"{notice.Incident}@kintsugi.invalid"); // all of one incident in one thread
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        message.Body = new TextPart(TextFormat.Plain) { Text = notice.Text() + "\n" };
        return message;
    }

    private int Port() => settings.Smtp.Port > 0 ? settings.Smtp.Port : settings.Smtp.Scheme == "smtps" ? TlsPort : SubmissionPort;

    private SecureSocketOptions Tls() => settings switch
    {
        { Smtp.Scheme: "smtps" } => SecureSocketOptions.SslOnConnect,
        { User: not null, Smtp.IsLoopback: false } => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.StartTlsWhenAvailable,
    };

    private string Server() => $"the mail server {settings.Smtp.Host} of notify.email";

    private static string Why(Exception e) => e switch
    {
        SmtpCommandException refused => $"answered {(int)refused.StatusCode}",
        AuthenticationException => "refuses user or password",
        SslHandshakeException => "has no certificate that is trusted here",
        NotSupportedException => "offers no TLS, and the password is sent over nothing else, or no way to log in",
        SocketException socket => $"is not to be reached ({socket.SocketErrorCode})",
        _ => "broke off the conversation",
    };
}
