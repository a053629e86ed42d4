using System.Globalization;
using System.Text;

namespace Kintsugi.Healing.Review;

/// <summary>A <see cref="FailureDigest"/> as parts of <see cref="MarkdownReport"/>.</summary>
internal static class FailuresInMarkdown
{
    private const int MostClusters = 5;
    private const int MostSuspects = 5;
    private const int MostNamed = 3;

    public static string Clusters(IncidentReport report)
    {
        if (report.Failures is not { Failing: > 0 } failures) return "";
        var text = new StringBuilder("\nWhat the failures say, with what differs from one to the next masked:\n\n");
        foreach (var cluster in failures.Clusters.Take(MostClusters))
        {
            var named = string.Join(", ", cluster.Ids.Take(MostNamed).Select(id => Quoted.Span(id, 40)));
            text.Append(CultureInfo.InvariantCulture, $"- {cluster.Ids.Count} of {failures.Failing} say: {Quoted.Span(cluster.Signature)} ({named}{(cluster.Ids.Count > MostNamed ? ", …" : "")})\n");
        }
        if (failures.Clusters.Skip(MostClusters).ToList() is { Count: > 0 } others)
            text.Append(CultureInfo.InvariantCulture, $"- {others.Sum(c => c.Ids.Count)} say something else again, in {others.Count} ways\n");
        return text.Append(CultureInfo.InvariantCulture, $"- Held-out samples: {failures.HeldOutFailing} of {failures.HeldOut} fail that did not; what they say is kept back\n").ToString();
    }

    public static string Suspects(IncidentReport report)
    {
        if (report.Failures is not { Suspects.Count: > 0 } failures) return "";
        var text = new StringBuilder($"\nSuspect steps. {SuspectStep.Opinion}\n\n");
        foreach (var suspect in failures.Suspects.Take(MostSuspects))
            text.Append(CultureInfo.InvariantCulture, $"- {Figures.Percent(suspect.Probability)}{(suspect.Step is { } step ? $", step {step}" : "")}: {Quoted.Span(suspect.What, 200)}\n");
        return text.ToString();
    }
}
