using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Kintsugi.Tests.Architecture;

public partial class ProjectTests
{
    /// <summary>Each project may know those before it, and no other.</summary>
    internal static readonly IReadOnlyList<string> Order =
        ["Storage", "Models", "Tracing", "Init", "Sandbox", "Forge", "Evaluation", "Healing", "Server", "Cluster", "Cli"];

    public static TheoryData<string> Projects => [.. Repository.Files("src", "*.csproj")];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_those_above_it(string project)
    {
        var rank = Rank(project);

        Assert.All(References(project), reference => Assert.InRange(Rank(reference), 0, rank - 1));
    }

    [Fact]
    public void The_sandbox_knows_neither_models_nor_traces() =>
        Assert.DoesNotContain(References("src/Kintsugi.Sandbox/Kintsugi.Sandbox.csproj"), reference => Rank(reference) is 1 or 2);

    [Fact]
    public void No_file_or_folder_is_named_after_nothing()
    {
        var nameless = Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs")).Concat(Repository.Files("bench", "*.cs"))
            .Where(path => path.Split('/').Any(part => Nameless().IsMatch(Path.GetFileNameWithoutExtension(part))));

        Assert.Empty(nameless);
    }

    [Fact]
    public void Decisions_are_numbered_without_gap()
    {
        var names = Repository.Files("docs/decisions", "*").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToList();

        Assert.All(names, name => Assert.Matches("^[0-9]{4}-[a-z0-9-]+\\.md$", name));
        Assert.Equal(Enumerable.Range(1, names.Count), names.Select(name => int.Parse(name[..4], System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static int Rank(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project.Replace('\\', '/')).Replace("Kintsugi.", "", StringComparison.Ordinal);
        var rank = Order.ToList().IndexOf(name);
        Assert.True(rank >= 0, $"{project} has no place in the order of projects. Give it one, and say in ARCHITECTURE.md what it is for.");
        return rank;
    }

    private static List<string> References(string project) =>
        [.. XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference").Select(reference => reference.Attribute("Include")!.Value)];

    [GeneratedRegex("(Utils?|Utilities|Helpers?|Common|Manager|Misc)$", RegexOptions.IgnoreCase)]
    private static partial Regex Nameless();
}
