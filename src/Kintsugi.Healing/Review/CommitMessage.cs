using System.Text;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Review;

/// <summary>The words of the commit that carries a fix. Nothing a stranger wrote pings, closes or skips anything from there.</summary>
public static class CommitMessage
{
    private const int Width = 72;

    /// <returns>One line of at most 72 characters.</returns>
    public static string Subject(IncidentReport report)
    {
        var what = Story.IsOfFiles(report) ? $"restore {Files(Story.Accepted(report)!.Fix!.Files)}" : Story.IsRolledBack(report) ? $"roll back to {Figures.ShortId(report.Base.Id)}" : Story.IsWritten(report) ? $"change {Files(Story.Accepted(report)!.Fix!.Files)}" : (report.Diagnosis?.Action, report.Diagnosis?.Culprit) switch
        {
            (RemedyAction.Repin, _) => "go back to its former model",
            (_, [var only]) => $"restore {only.File}",
            (_, { Count: > 1 } culprit) => $"restore {culprit.Count} hunks",
            _ => "restore what broke it",
        };
        return Quoted.Disarm(StrangersText.OneLine($"Mend {StrangersText.OneLine(report.Agent, 30)}: {what}", Width - 4)); // room for the joints
    }

    private static string Files(IReadOnlyList<string> files) => files.Count == 1 ? files[0] : $"{files.Count} files";

    /// <returns>Paragraphs wrapped at 72 characters, without a line feed at the end.</returns>
    public static string Body(IncidentReport report)
    {
        List<string> paragraphs = [Story.Summary(report)];
        if (Story.Verified(report) is { } verified) paragraphs.Add(verified);
        paragraphs.AddRange((report.Diagnosis?.Commits ?? []).Take(5).Select(commit => $"Brought by {Figures.ShortId(commit.Id)} \"{StrangersText.OneLine(commit.Subject, 100)}\"."));
        paragraphs.Add($"Incident {report.Incident}.");
        return string.Join("\n\n", paragraphs.Select(paragraph => Wrapped(Quoted.Disarm(StrangersText.OneLine(paragraph, 1_000)))));
    }

    private static string Wrapped(string paragraph)
    {
        var text = new StringBuilder();
        var column = 0;
        foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                text.Append('\n');
                column = 0;
            }
            else if (column > 0)
            {
                text.Append(' ');
                column++;
            }
            text.Append(word);
            column += word.Length;
        }
        return text.ToString();
    }
}
