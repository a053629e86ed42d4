using Kintsugi.Healing.Review;

namespace Kintsugi.Tests.Healing.Review;

public class QuotedTests
{
    [Theory]
    [InlineData("ask @octocat or @acme/team")]
    [InlineData("Fixes #1, closes acme/shop#22, resolves GH-333")]
    [InlineData("closes https://github.com/acme/shop/issues/4")]
    [InlineData("see !12 and &3 and www.example.com")]
    [InlineData("quiet [skip ci] or [ci skip] or [no ci] or [skip actions] or ***NO_CI***")]
    [InlineData("skip-checks: true")]
    [InlineData("mailto:someone@example.com")]
    public void Nothing_a_forge_acts_on_survives_in_text_code_or_fence(string hostile)
    {
        string[] written = [Quoted.Prose(hostile), Quoted.Span(hostile), Quoted.Fence(hostile, "text"), Quoted.Disarm(hostile)];

        foreach (var text in written)
        {
            Assert.DoesNotMatch(@"@\w", text);
            Assert.DoesNotMatch(@"[#!&]\d|(?i)gh-\d", text);
            Assert.DoesNotContain("://", text, StringComparison.Ordinal);
            Assert.DoesNotContain("www.", text, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"\[(skip|ci|no) ", text);
            Assert.DoesNotContain("***NO_CI", text, StringComparison.Ordinal);
            Assert.DoesNotContain("skip-checks:", text, StringComparison.Ordinal);
            Assert.DoesNotContain("mailto:s", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>", @"\<img src=x onerror=alert(1)\>")]
    [InlineData("![alt](x.png)", @"!\[alt\](x.png)")]
    [InlineData("a | b", @"a \| b")]
    [InlineData("</details> &lt;", @"\</details\> \&lt;")]
    [InlineData("# heading", @"\# heading")]
    [InlineData("- [ ] task", @"\- \[ \] task")]
    [InlineData("1. first", @"1\. first")]
    [InlineData("> quote", @"\> quote")]
    [InlineData("**bold** _it_ `code` ~~no~~ $x$", @"\*\*bold\*\* \_it\_ \`code\` \~\~no\~\~ \$x\$")]
    [InlineData("a\n\n# b\r\nc\td", @"a  \# b c d")]
    public void Running_text_has_no_markdown_of_its_own(string hostile, string expected) => Assert.Equal(expected, Quoted.Prose(hostile));

    [Theory]
    [InlineData("plain", "`plain`")]
    [InlineData("a`b", "`` a`b ``")]
    [InlineData("``", "``` `` ```")]
    [InlineData("", "(empty)")]
    public void A_code_span_is_fenced_longer_than_what_is_in_it(string content, string expected) => Assert.Equal(expected, Quoted.Span(content));

    [Fact]
    public void A_fence_inside_a_block_cannot_end_it()
    {
        var block = Quoted.Fence("```\n</details>\n``````\nout", "text");

        Assert.StartsWith("```````text\n", block, StringComparison.Ordinal);
        Assert.EndsWith("\n```````\n", block, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc\u202Etxt.exe", "abc\uFFFDtxt.exe")] // right to left
    [InlineData("a\u200Bb\u2066c", "a\uFFFDb\uFFFDc")] // zero width, isolate
    [InlineData("\u001b[31mred", "\uFFFD[31mred")]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("e\u0301\u0301\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301")] // a tower of accents
    [InlineData("  a\u2028b  ", "a b")]
    public void What_cannot_be_seen_is_shown_as_unshowable(string hidden, string expected) => Assert.Equal(expected, StrangersText.OneLine(hidden, 100));

    [Fact]
    public void Half_a_surrogate_pair_is_unshowable() => Assert.Equal("x\uFFFDy", StrangersText.OneLine("x\uD800y", 100));

    [Fact]
    public void A_cut_never_parts_a_surrogate_pair()
    {
        var cut = StrangersText.OneLine(string.Concat(Enumerable.Repeat("😀", 20)), 10);

        Assert.Equal("😀😀😀😀…", cut);
    }

    [Fact]
    public void A_block_says_that_it_was_cut()
    {
        Assert.Equal("1\n2\n… (cut)", StrangersText.Block("1\n2\n3\n", maxLines: 2, maxCharacters: 100));
        Assert.Equal("1234\n… (cut)", StrangersText.Block("123456", maxLines: 2, maxCharacters: 4));
        Assert.Equal("1\n2", StrangersText.Block("1\r\n2\n", maxLines: 2, maxCharacters: 100));
    }
}
