
namespace Kintsugi.Healing.Review;

/// <summary>Where a report was written: absolute paths.</summary>
public sealed record ReportPaths(string Markdown, string Html);

/// <summary>Writes an incident's report for people: `report.md` for a pull request, `report.html` for a browser.</summary>
public static class ReportFiles
{
    /// <summary>Each file is there whole or not at all; one that was there is replaced.</summary>
    /// <param name="directory">Made when it is missing.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static async Task<ReportPaths> WriteAsync(IncidentReport report, string directory, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(directory).FullName;
        var paths = new ReportPaths(Path.Combine(folder, "report.md"), Path.Combine(folder, "report.html"));
        await ReplaceAsync(paths.Markdown, MarkdownReport.Render(report), cancellationToken);
        await ReplaceAsync(paths.Html, HtmlReport.Render(report), cancellationToken);
        return paths;
    }

    private static async Task ReplaceAsync(string path, string content, CancellationToken cancellationToken)
    {
        var half = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            await File.WriteAllTextAsync(half, content, cancellationToken);
            File.Move(half, path, overwrite: true);
        }
        finally
        {
            File.Delete(half); // not there any more when all went well
        }
    }
}
