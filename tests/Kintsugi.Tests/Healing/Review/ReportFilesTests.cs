using Kintsugi.Healing.Review;

namespace Kintsugi.Tests.Healing.Review;

public sealed class ReportFilesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kintsugi-report-");

    [Fact]
    public async Task Both_reports_are_written_and_replaced_whole()
    {
        var folder = Path.Combine(_directory.FullName, "new", "folder");
        await ReportFiles.WriteAsync(SampleReports.Escalated(), folder, TestContext.Current.CancellationToken);

        var paths = await ReportFiles.WriteAsync(SampleReports.Proposed(), folder, TestContext.Current.CancellationToken);

        Assert.Equal(MarkdownReport.Render(SampleReports.Proposed()), await File.ReadAllTextAsync(paths.Markdown, TestContext.Current.CancellationToken));
        Assert.Equal(HtmlReport.Render(SampleReports.Proposed()), await File.ReadAllTextAsync(paths.Html, TestContext.Current.CancellationToken));
        Assert.Equal(["report.html", "report.md"], Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
