using System.Text.RegularExpressions;

namespace Kintsugi.Forge;

/// <summary>Author, date and message of our commits: the same on every forge, so that the same request is the same commit.</summary>
internal static partial class CommitWords
{
    public const string AuthorName = "Kintsugi";
    public const string AuthorMail = "kintsugi@localhost";
    public const string Author = $"{AuthorName} <{AuthorMail}>"; // a machine made it; the person who merges it signs the merge

    private const string TrailerKey = "Kintsugi-Fingerprint: ";

    /// <exception cref="ArgumentException">Subject or fingerprint is not one line.</exception>
    public static string Message(BranchRequest request)
    {
        if (!FingerprintWord().IsMatch(request.FingerprintTrailer)) throw new ArgumentException("The fingerprint must be one word of ASCII.", nameof(request));
        if (request.Subject.AsSpan().ContainsAny('\n', '\r') || string.IsNullOrWhiteSpace(request.Subject)) throw new ArgumentException("The subject must be one line.", nameof(request));
        var body = request.Body.Trim() is { Length: > 0 } text ? text.ReplaceLineEndings("\n") + "\n\n" : "";
        return $"{request.Subject.Trim()}\n\n{body}{TrailerKey}{request.FingerprintTrailer}\nSigned-off-by: {Author}\n";
    }

    /// <summary>In UTC, as not every forge keeps an offset.</summary>
    public static DateTimeOffset Date(BranchRequest request) => request.At.ToUniversalTime();

    /// <summary>Whether it is a commit of ours for this incident. Only the last paragraph has trailers, so what a body quotes is none.</summary>
    public static bool Carries(string message, string fingerprint) => Trailers(message).Contains(TrailerKey + fingerprint, StringComparer.Ordinal);

    /// <summary>Whether it is a commit of ours for any incident, as we made it: whoever amends or rebases one keeps its trailer, and becomes its committer.</summary>
    /// <param name="committer">Mail.</param>
    public static bool IsOurs(string message, string? committer) => committer == AuthorMail && HasTrailer(message);

    /// <summary>Whether it names an incident.</summary>
    public static bool HasTrailer(string message) => Trailers(message).Any(line => line.StartsWith(TrailerKey, StringComparison.Ordinal));

    private static string[] Trailers(string message) => message.ReplaceLineEndings("\n").TrimEnd().Split("\n\n")[^1].Split('\n');

    [GeneratedRegex("^[!-~]{1,200}$")]
    private static partial Regex FingerprintWord();
}
