using Kintsugi.Healing.Review;

namespace Kintsugi.Tests.Healing.Review;

public class CommitMessageTests
{
    [Fact]
    public void The_message_of_a_fix_says_what_and_why()
    {
        var report = SampleReports.Proposed();

        Assert.Equal("Mend gtm-lead-scorer: restore prompts/score.md", CommitMessage.Subject(report));
        Assert.StartsWith("gtm-lead-scorer passed 98.6 % of runs before and 75.9 % at d19c55e07b2f.\nThe cause: a change to the prompt.", CommitMessage.Body(report), StringComparison.Ordinal);
        Assert.All(CommitMessage.Body(report).Split('\n'), line => Assert.InRange(line.Length, 0, 72));
    }

    [Fact]
    public void The_message_of_a_written_change_does_not_say_that_something_was_taken_back()
    {
        var report = SampleReports.Written();

        Assert.Equal("Mend gtm-lead-scorer: change prompts/score.md", CommitMessage.Subject(report));
        Assert.Contains("This carries a change that a model wrote and that passed every check", CommitMessage.Body(report).ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.DoesNotContain("takes back", CommitMessage.Body(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fixes #1 @everyone [skip ci] https://evil.example")]
    [InlineData("x\n\nSigned-off-by: Someone <a@b.c>")]
    public void No_stranger_acts_through_it(string hostile)
    {
        var report = HostileReports.SaidBy(hostile);

        Assert.DoesNotContain('\n', CommitMessage.Subject(report));
        Assert.InRange(CommitMessage.Subject(report).Length, 1, 80);
        var text = CommitMessage.Subject(report) + "\n\n" + CommitMessage.Body(report);
        Assert.DoesNotMatch(@"@\w|#\d|\[skip|://", text);
        Assert.DoesNotMatch(@"(?m)^Signed-off-by", text);
    }
}
