using System.Globalization;
using Kintsugi.Healing.Prompts;

namespace Kintsugi.Tests.Healing.Prompts;

public class PromptTests
{
    private static readonly string Ledger = Repository.PathOf("tests/Kintsugi.Tests/Healing/Prompts/ledger.txt");

    public static TheoryData<string> Names => [.. Prompt.All.Select(p => p.Name)];

    /// <summary>The ledger holds every text that was ever in use: `UPDATE_GOLDEN=1` adds what is new, and changes no line.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_text_that_changed_has_another_version(string name)
    {
        var prompt = Prompt.All.Single(p => p.Name == name);
        var versioned = string.Create(CultureInfo.InvariantCulture, $"{prompt.Name} {prompt.Version} ");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1" && !Array.Exists(Lines(), l => l.StartsWith(versioned, StringComparison.Ordinal)))
            File.AppendAllText(Ledger, $"{versioned}{prompt.Sha256}\n");

        var kept = Lines().SingleOrDefault(l => l.StartsWith(versioned, StringComparison.Ordinal));

        Assert.True(kept is not null, $"{Ledger} does not have {versioned}yet. Run this test with UPDATE_GOLDEN=1.");
        Assert.True(kept == versioned + prompt.Sha256, $"The text of '{name}' changed. Raise the version in its first line, then run this test with UPDATE_GOLDEN=1.");
    }

    [Fact]
    public void Every_file_is_a_prompt_that_is_known() => Assert.Equal(
        Directory.EnumerateFiles(Repository.PathOf("src/Kintsugi.Healing/Prompts"), "*.md").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal),
        Prompt.All.Select(p => p.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void The_version_is_no_part_of_the_text()
    {
        var (one, two) = (Prompt.Parse("p", "version: 1\n\nMend it.\n"), Prompt.Parse("p", "version: 2\r\n\r\nMend it.\r\n"));

        Assert.Equal(("Mend it.", 1, 2), (one.Text, one.Version, two.Version));
        Assert.Equal(one.Sha256, two.Sha256);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Mend it.")]
    [InlineData("version: one\n\nMend it.")]
    [InlineData("version: 1\nMend it.\n")]
    public void A_prompt_without_a_version_is_none(string content) => Assert.Throws<FormatException>(() => Prompt.Parse("p", content));

    private static string[] Lines() => File.Exists(Ledger) ? File.ReadAllLines(Ledger) : [];
}
