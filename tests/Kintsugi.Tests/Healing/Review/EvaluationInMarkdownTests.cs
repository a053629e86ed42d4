using System.Text.RegularExpressions;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;

namespace Kintsugi.Tests.Healing.Review;

public partial class EvaluationInMarkdownTests
{
    [Fact]
    public void A_version_that_is_worse_reads_as_the_golden_file() => GoldenFile.Holds("evaluation.md", EvaluationInMarkdown.Render(Worse()));

    [Fact]
    public void A_forks_version_says_first_that_nobody_was_asked()
    {
        var body = EvaluationInMarkdown.Render(Worse() with { Note = "Replay only: a stranger's version gets no key." });

        Assert.InRange(body.IndexOf("> Replay only", StringComparison.Ordinal), 0, 200);
    }

    [Theory]
    [InlineData("`@everyone` <script>alert(1)</script> ![x](http://evil.example/p.png) fixes #1\n```\n# heading\n</details> | a | b |")]
    [InlineData("]()<!-- kintsugi:verdict:x --><img src=//evil.example> closes GH-12 [skip ci] \u202E")]
    public void No_stranger_acts_through_any_field(string hostile)
    {
        var report = Worse();
        var body = EvaluationInMarkdown.Render(report with
        {
            Agent = hostile,
            StartFailure = hostile,
            Note = hostile,
            Judges = [hostile],
            Reproduce = hostile,
            Failing = [new FailingSample(hostile, "1", "0", hostile)],
            Verdict = report.Verdict! with { Plain = hostile, Exact = hostile, Slices = [new SliceVerdict([hostile], 1, 1, 0, 0.1, 0.01)] },
        });

        var outside = Spans().Replace(Fences().Replace(body, ""), "");
        Assert.Equal("", string.Join(' ', Regex.Matches(outside, @"(?<!\\)<(?!/?details>|/?summary>)\S*").Select(m => m.Value)));
        Assert.DoesNotContain("@everyone", body, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", body, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(outside, "(?<!\\\\)</details"));
    }

    [Fact]
    public void However_much_fails_it_fits_a_forge()
    {
        var many = Enumerable.Range(0, 5_000).Select(i => new FailingSample($"lead-{i}", "11111", "00000", new string('x', 5_000))).ToList();

        var body = EvaluationInMarkdown.Render(Worse() with { Failing = many, StartFailure = new string('`', 100_000), Judges = [.. many.Select(m => m.Why)] });

        Assert.InRange(body.Length, 1, MarkdownReport.MaxLength - 500);
    }

    private static EvaluationReport Worse() => new(
        "gtm-lead-scorer", "agents/scorer", "d19c55e07b2f4410bb98cc23de45fa6701928374", "4be1f02c9d7a8833aa10b5cc9e01d2f3a4b5c6d7",
        new VerdictView(
            VerdictKind.Regressed, "14 of 58 samples that passed before now fail. So large a rise by chance alone is rarer than one in a million.",
            "Exact conditional test over 58 samples: p = 3.1e-09 at alpha 0.05.", new Rate(286, 290, 0.965, 0.996), new Rate(44, 58, 0.628, 0.861), 58, 14, 0)
        {
            Slices = [new SliceVerdict(["enterprise"], 12, 0.983, 0.25, 2e-7, 0.0025), new SliceVerdict(["smb", "trial"], 20, 0.99, 0.975, 0.41, 0.005)],
        },
        new Rate(44, 58, 0.628, 0.861), 58,
        [new FailingSample("lead-004", "11111", "0", "exact: $.tier is \"smb\", expected \"enterprise\""), new FailingSample("lead-009", "11110", "0", "KeyError: 'tier' | in score()")],
        17, 4, null, null, [], new RunCost(58, 174, 174, 40_600, 0.31m), TimeSpan.FromSeconds(42),
        "git fetch origin d19c55e07b2f4410bb98cc23de45fa6701928374\nkintsugi eval agents/scorer --version d19c55e07b2f4410bb98cc23de45fa6701928374 --verbose");

    [GeneratedRegex("^(`{3,}).*?^\\1\\s*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex("(`+)[^`].*?\\1")]
    private static partial Regex Spans();
}
