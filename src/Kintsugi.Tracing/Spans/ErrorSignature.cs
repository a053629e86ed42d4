using System.Security.Cryptography;
using System.Text;
using Kintsugi.Storage;

namespace Kintsugi.Tracing.Spans;

/// <summary>What makes two errors the same error: where it happened, and its message without what differs from one occurrence to the next.</summary>
/// <param name="Canonical">At most 200 characters, one line, without control characters; see <see cref="CanonicalError"/>.</param>
/// <param name="Hash">16 lower-case hexadecimal digits, the first 64 bits of a SHA-256: the same in every process and release.</param>
/// <remarks>The version that threw is not part of it: an alarm compares versions, so they must share their signatures.</remarks>
public sealed record ErrorSignature(string Component, string Canonical, string Hash)
{
    private const int LongestComponent = 80;

    /// <param name="component">Where it happened: a tool, an exception's type, a file. Cut at 80 characters.</param>
    /// <param name="message">As it came from the agent, of any length and content.</param>
    public static ErrorSignature Of(string component, string message)
    {
        ArgumentNullException.ThrowIfNull(component);
        var where = Shown.Word(component.Trim(), LongestComponent);
        var what = CanonicalError.Of(message);

        // Neither part holds a control character, so the newline keeps ("a", "b c") and ("a b", "c") apart.
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(where + "\n" + what));
        return new ErrorSignature(where, what, Convert.ToHexStringLower(digest.AsSpan(0, 8)));
    }
}
