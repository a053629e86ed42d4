using System.Globalization;
using Dapper;
using Kintsugi.Storage;

namespace Kintsugi.Healing.Notices;

/// <summary>Which notices were sent: claimed before, marked after, so that of two processes one sends, and what was lost between the two is sent again.</summary>
public sealed class NoticeLedger(Database database, TimeProvider clock)
{
    /// <summary>Longer than any sender waits.</summary>
    private static readonly TimeSpan Held = TimeSpan.FromMinutes(1);

    /// <returns>Whether the caller is to send it.</returns>
    public bool Claim(Notice notice, string channel)
    {
        var now = clock.GetUtcNow();
        return database.Write(durable: true, (connection, transaction) => connection.Execute(
            """
            insert into notice (incident, version, channel, claimed_at) values (@Incident, @Version, @channel, @now)
            on conflict (incident, version, channel) do update set claimed_at = @now where sent_at is null and claimed_at < @stale
            """,
            new { notice.Incident, notice.Version, channel, now = Text(now), stale = Text(now - Held) }, transaction)) > 0;
    }

    public void Sent(Notice notice, string channel) => database.Write(durable: true, (connection, transaction) => connection.Execute(
        "update notice set sent_at = @now where incident = @Incident and version = @Version and channel = @channel",
        new { notice.Incident, notice.Version, channel, now = Text(clock.GetUtcNow()) }, transaction));

    /// <summary>It could not be sent: whoever comes next tries.</summary>
    public void GiveBack(Notice notice, string channel) => database.Write(durable: true, (connection, transaction) => connection.Execute(
        "delete from notice where incident = @Incident and version = @Version and channel = @channel and sent_at is null",
        new { notice.Incident, notice.Version, channel }, transaction));

    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
}
