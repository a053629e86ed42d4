using System.Text.RegularExpressions;
using Kintsugi.Healing.Review;

namespace Kintsugi.Tests.Healing.Review;

public partial class HtmlReportTests
{
    [Fact]
    public void A_proposal_looks_as_the_golden_file() => GoldenFile.Holds("proposed.html", HtmlReport.Render(SampleReports.Proposed()));

    [Fact]
    public void An_escalation_looks_as_the_golden_file() => GoldenFile.Holds("escalated.html", HtmlReport.Render(SampleReports.Escalated()));

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("' onmouseover='alert(1)")]
    [InlineData("</style></title></pre><iframe src=//evil.example>")]
    [InlineData("&lt;b&gt; \u202E")]
    public void No_stranger_adds_an_element_or_an_attribute_through_any_field(string hostile)
    {
        var harmless = HtmlReport.Render(HostileReports.SaidBy("word"));
        var page = HtmlReport.Render(HostileReports.SaidBy(hostile));

        Assert.Equal(Shape(harmless), Shape(page));
        Assert.DoesNotContain('\u202E', page);
    }

    [Fact]
    public void The_page_loads_nothing_and_runs_nothing()
    {
        var page = HtmlReport.Render(SampleReports.Proposed());

        Assert.Contains("default-src 'none'; style-src 'sha256-", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<script|\ssrc=|<link|<img|url\(|@import|\sstyle=|\son\w+=", page);
    }

    [Fact]
    public void A_giant_report_stays_a_page_that_opens()
    {
        var page = HtmlReport.Render(HostileReports.SaidBy(string.Concat(Enumerable.Repeat("<&\"> ", 20_000)), times: 300));

        Assert.InRange(page.Length, 10_000, 9_000_000);
    }

    [Fact]
    public void An_incident_that_has_only_begun_can_be_shown() => Assert.Contains("Under way", HtmlReport.Render(HostileReports.Bare()), StringComparison.Ordinal);

    /// <summary>The elements and the names of their attributes, without any text.</summary>
    private static string Shape(string html) =>
        string.Join('\n', Tags().Matches(html).Select(tag => Values().Replace(tag.Value, "=")));

    [GeneratedRegex("<(?:\"[^\"]*\"|[^\">])*>")]
    private static partial Regex Tags();

    [GeneratedRegex("=\"[^\"]*\"")]
    private static partial Regex Values();
}
