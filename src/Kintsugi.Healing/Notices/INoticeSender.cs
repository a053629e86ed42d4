namespace Kintsugi.Healing.Notices;

/// <summary>One way to tell people.</summary>
public interface INoticeSender
{
    /// <summary>`slack`, `email`. Stored: a notice is sent once by each.</summary>
    string Channel { get; }

    /// <exception cref="NoticeNotSentException">It was not taken, or it is not known whether it was.</exception>
    Task SendAsync(Notice notice, CancellationToken cancellationToken);
}

/// <summary>A way to tell people is down or refuses: the world, and nothing of the incident.</summary>
/// <param name="message">Without addresses and words of the other side: both may hold secrets.</param>
public sealed class NoticeNotSentException(string message, Exception? inner = null) : Exception(message, inner);
