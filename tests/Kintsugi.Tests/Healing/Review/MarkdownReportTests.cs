using System.Text.RegularExpressions;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Review;

public partial class MarkdownReportTests
{
    [Fact]
    public void A_prompt_that_was_fitted_to_a_changed_model_says_so_and_names_the_model()
    {
        var written = SampleReports.Written();
        var last = written.Attempts[^1] with { Strategy = "reflect", Writing = written.Attempts[^1].Writing! with { FittedTo = "n1n/gpt-4o (served as gpt-4o-2026-01-01)" } };
        var fitted = written with { Attempts = [last], Diagnosis = written.Diagnosis! with { Cause = Cause.ModelDrift, Culprit = [] } };

        Assert.Contains("This changes the prompt to fit the changed model, which is served as n1n/gpt-4o (served as gpt-4o-2026-01-01)", MarkdownReport.Render(fitted), StringComparison.Ordinal);
        Assert.DoesNotContain("fit the changed model", MarkdownReport.Render(written), StringComparison.Ordinal);
    }

    [Fact]
    public void A_written_change_looks_as_the_golden_file() => GoldenFile.Holds("written.md", MarkdownReport.Render(SampleReports.Written()));

    [Fact]
    public void A_proposal_reads_as_the_golden_file() => GoldenFile.Holds("proposed.md", MarkdownReport.Render(SampleReports.Proposed()));

    [Fact]
    public void An_escalation_reads_as_the_golden_file() => GoldenFile.Holds("escalated.md", MarkdownReport.Render(SampleReports.Escalated()));

    [Fact]
    public void A_reviewer_reads_what_broke_before_why_before_the_change_before_the_figures()
    {
        var body = MarkdownReport.Render(SampleReports.Proposed());

        string[] order = ["## What broke", "## The cause", "## The change", "## Before and after", "## What was not changed", "## To see it yourself", "<details><summary>The error trace"];
        var places = order.Select(heading => body.IndexOf(heading, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public void An_escalation_begins_with_where_to_look_first_and_what_was_ruled_out()
    {
        var body = MarkdownReport.Render(SampleReports.Escalated());

        string[] order = ["## What to look at first", "## What was ruled out", "## To see it yourself", "## What production shows", "## What broke"];
        Assert.Equal(order, order.OrderBy(heading => body.IndexOf(heading, StringComparison.Ordinal)));
        Assert.Contains("## What to look at first", body, StringComparison.Ordinal);
        Assert.Contains("## What was ruled out", body, StringComparison.Ordinal);
        Assert.DoesNotContain("## What was not changed", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("`@everyone` <script>alert(1)</script> ![x](http://evil.example/p.png) fixes #1\n```\n# heading\n</details>")]
    [InlineData("]()<!-- --><img src=//evil.example> closes GH-12 [skip ci] \u202E")]
    public void No_stranger_acts_through_any_field(string hostile)
    {
        var body = MarkdownReport.Render(HostileReports.SaidBy(hostile));

        var outside = Fences().Replace(body, ""); // what Markdown renders as more than characters
        outside = Spans().Replace(outside, "");
        Assert.DoesNotMatch(@"(?<!\\)<(?!/?(details|summary)>)", outside);
        Assert.DoesNotMatch(@"(?<!\\)!?\[", outside);
        Assert.DoesNotMatch(@"@\w|[#!&]\d|(?i)gh-\d", body);
        Assert.DoesNotContain("://", body, StringComparison.Ordinal);
        Assert.DoesNotContain("[skip ci]", body, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', body);
        Assert.Equal(outside.Split("<details>").Length, outside.Split("</details>").Length);
    }

    [Theory]
    [InlineData("word ")]
    [InlineData("*_`@#1")]
    [InlineData("````\n")]
    [InlineData("😀")]
    public void Whatever_it_is_made_of_it_fits_into_a_pull_request(string unit)
    {
        var giant = string.Concat(Enumerable.Repeat(unit, 20_000));

        var body = MarkdownReport.Render(HostileReports.SaidBy(giant, times: 300));

        Assert.InRange(body.Length, 1_000, MarkdownReport.MaxLength);
        Assert.Contains("## To see it yourself", body, StringComparison.Ordinal);
    }

    [Fact]
    public void An_incident_that_has_only_begun_can_be_reported()
    {
        var body = MarkdownReport.Render(HostileReports.Bare());

        Assert.StartsWith("**Under way.**", body, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^(`{3,})[^\n]*\n.*?\n\1$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"(?<![\\`])(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")]
    private static partial Regex Spans();
}
