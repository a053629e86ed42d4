using Kintsugi.Forge;

namespace Kintsugi.Tests.Forge;

public class CodeOwnersTests
{
    [Theory]
    [InlineData("*  @ann", "a/b.md", "ann")]
    [InlineData("*.js @ann", "a/b/c.js", "ann")]
    [InlineData("*.js @ann", "a/b/c.jsx", "")]
    [InlineData("* @ann\n*.md @bea @acme/docs", "a/b.md", "bea acme/docs")] // the last that matches wins, alone
    [InlineData("*.md @bea\n* @ann", "a/b.md", "ann")]
    [InlineData("/build/logs/ @ann", "build/logs/x/y.txt", "ann")]
    [InlineData("/build/logs/ @ann", "a/build/logs/x.txt", "")]
    [InlineData("docs/* @ann", "docs/start.md", "ann")]
    [InlineData("docs/* @ann", "docs/build/start.md", "")] // unlike .gitignore
    [InlineData("docs/** @ann", "docs/build/start.md", "ann")]
    [InlineData("apps/ @ann", "a/apps/b/c.md", "ann")]
    [InlineData("apps/ @ann", "apps", "")] // a file
    [InlineData("apps @ann", "apps", "ann")]
    [InlineData("/docs/ @ann", "docs/a.md", "ann")]
    [InlineData("**/logs @ann", "deploy/logs/a.md", "ann")]
    [InlineData("**/logs @ann", "logs/a.md", "ann")]
    [InlineData("a/**/b.md @ann", "a/b.md", "ann")]
    [InlineData("a/**/b.md @ann", "a/c/d/b.md", "ann")]
    [InlineData("/apps/ @ann\n/apps/github", "apps/github/a.md", "")] // nobody's again
    [InlineData("/apps/ @ann\n/apps/github", "apps/a.md", "ann")]
    [InlineData("* ann@example.org @bea # and @cleo", "a.md", "bea")]
    [InlineData("# * @ann", "a.md", "")]
    [InlineData("a\\ b.md @ann", "x/a b.md", "ann")]
    [InlineData("A.md @ann", "a.md", "")] // case counts
    [InlineData("a.md @ann", "axmd", "")]
    [InlineData("* @ann\n!*.md @bea\n[a-z].md @bea\n\\#a @bea", "a.md", "ann")]
    [InlineData("file?.md @ann", "file1.md", "ann")]
    [InlineData("* @ann\n*.md @", "a.md", "")]
    public void Whose_a_file_is(string text, string path, string owners) => Assert.Equal(owners, string.Join(' ', CodeOwners.Of(text, [path])));

    [Fact]
    public void Owners_of_several_files_are_named_once() =>
        Assert.Equal(["bea", "ann"], CodeOwners.Of("* @ann\r\n/b/ @bea\r\n/c/ @Bea @ann\r\n", ["b/x", "c/x", "d"]));

    [Fact]
    public void A_pattern_that_means_ill_takes_no_longer() =>
        Assert.Empty(CodeOwners.Of(string.Concat(Enumerable.Repeat("a**", 200)) + "b @ann", [new string('a', 5_000)]));
}
