using Kintsugi.Cli.Verbs;

namespace Kintsugi.Tests.Cli.Verbs;

public class DocumentsTests
{
    public static TheoryData<string> Files => [.. Documents.All().Select(d => d.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void What_the_documents_say_is_what_the_code_does(string file)
    {
        var (_, text) = Documents.All().Single(d => d.File == file);

        Assert.True(text == File.ReadAllText(Repository.PathOf($"docs/{file}")), $"docs/{file} is out of date. Run `kintsugi documents docs`.");
    }

    [Fact]
    public void Every_verb_has_an_example_and_its_exit_statuses()
    {
        foreach (var verb in CommandsPage.Verbs(Kintsugi.Cli.CommandLine.Root()))
        {
            Assert.NotEmpty(verb.Examples);
            Assert.NotEmpty(verb.Exits);
            Assert.All(verb.Options, option => Assert.False(string.IsNullOrEmpty(option.Description), $"{verb.Name} {option.Name} says nothing of itself."));
        }
    }
}
