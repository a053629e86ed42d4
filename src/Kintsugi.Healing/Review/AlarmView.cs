using System.Globalization;
using Kintsugi.Evaluation.Alarms;

namespace Kintsugi.Healing.Review;

/// <summary>Production shows more errors of some kind since a version was deployed.</summary>
/// <param name="Service">As its senders call it; a stranger's word, and so are <paramref name="Version"/> and what the errors say.</param>
/// <param name="Commit">Which commit the version is; null when no tag and no commit has its name.</param>
/// <param name="Deployed">The hour in which the version was first seen.</param>
/// <param name="Until">End of the last hour that was looked at.</param>
/// <param name="Errors">What there is more of, the most suspicious first; at least one.</param>
/// <param name="Cases">Samples that were proposed from its traces.</param>
public sealed record AlarmView(
    string Service, string Version, string? Commit, DateTimeOffset Deployed, DateTimeOffset Until, AlarmRule Rule, double PValue, IReadOnlyList<AlarmedError> Errors, int Cases)
{
    /// <summary>One sentence without a full stop: which version, since when, more of what. It carries strangers' words.</summary>
    public string Statement() => string.Create(
        CultureInfo.InvariantCulture,
        $"production: version {StrangersText.OneLine(Version, 60)} of {StrangersText.OneLine(Service, 60)}, seen since {Deployed:yyyy-MM-dd HH:mm} UTC, fails more often {Than}: {Errors[0].Statement()}{(Errors.Count > 1 ? $", and {Errors.Count - 1} more" : "")}");

    /// <summary>How far to believe it.</summary>
    public string Proof() => string.Create(
        CultureInfo.InvariantCulture,
        $"Looked at until {Until:yyyy-MM-dd HH:mm} UTC: more {Than}, p = {PValue:0.####} over all errors. {(Commit is null ? "No tag and no commit has the version's name, so HEAD was looked at: tag what is deployed, or send the commit as its version." : $"The version is commit {Figures.ShortId(Commit)}.")}");

    /// <summary>What the golden dataset's results do not say.</summary>
    public string Apart() => $"What follows is shown by golden samples. Whether these errors end with it is not, unless a sample fails as they do{(Cases > 0 ? ": cases wait in `kintsugi dataset review`" : "")}.";

    private string Than => Rule switch
    {
        AlarmRule.Canary => "than other versions in the same hours",
        AlarmRule.TwoHours => "than the hours before, twice in a row",
        _ => "than the hours before",
    };
}

/// <summary>An error that there is more of.</summary>
/// <param name="Says">Its message, with what differs from one to the next masked; empty where no trace of it is left.</param>
/// <param name="Count">Requests that hit it, of <paramref name="Requests"/>.</param>
/// <param name="UsualCount">The same in what the version was compared with, of <paramref name="UsualRequests"/>.</param>
/// <param name="Traces">Ids of some that show it, the newest first.</param>
public sealed record AlarmedError(string Signature, string Says, int Count, int Requests, int UsualCount, int UsualRequests, IReadOnlyList<string> Traces)
{
    /// <summary>What it is called: its message, else its signature.</summary>
    public string Words() => Says.Length == 0 ? Signature : StrangersText.OneLine(Says, 200);

    public string Statement() => string.Create(
        CultureInfo.InvariantCulture, $"{Words()} in {Count} of {Requests} requests, usually {UsualCount} of {UsualRequests}");
}
