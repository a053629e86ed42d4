using System.Reflection;
using ArchUnitNET.Loader;

namespace Kintsugi.Tests.Architecture;

public class NamespaceTests
{
    private static readonly Lazy<ArchUnitNET.Domain.Architecture> Code = new(() => new ArchLoader().LoadAssemblies([.. Ours()]).Build());

    [Fact]
    public void Only_the_sandbox_starts_processes()
    {
        var starters = from dependency in Dependencies()
                       where dependency.To == "System.Diagnostics.Process" && !dependency.From.StartsWith("Kintsugi.Sandbox.", StringComparison.Ordinal)
                       select dependency.From;

        Assert.Equal("", string.Join("\n", starters.Distinct()));
    }

    /// <summary>The folders of a project are the path of its data: each may know those before it.</summary>
    /// <remarks>Agents, Datasets and Scorers of Evaluation know each other: a definition names its scorers and datasets, and those read their part of the definition.</remarks>
    [Theory]
    [InlineData("Kintsugi.Evaluation", "Agents", "Running", "Detection", "Alarms")]
    [InlineData("Kintsugi.Evaluation", "Scorers", "Running", "Detection", "Alarms")]
    [InlineData("Kintsugi.Healing", "Prompts", "Triage", "Repair", "Review", "Incidents", "Notices")]
    public void Folders_keep_the_order_of_the_path(string project, params string[] order)
    {
        var backwards = from edge in Edges(project)
                        let user = Array.IndexOf(order, edge.From)
                        let used = Array.IndexOf(order, edge.To)
                        where user >= 0 && used > user
                        select $"{edge.From} → {edge.To}: {edge.Example}";

        Assert.Equal("", string.Join("\n", backwards));
    }

    [Theory]
    [InlineData("Kintsugi.Storage")]
    [InlineData("Kintsugi.Models")]
    [InlineData("Kintsugi.Tracing")]
    [InlineData("Kintsugi.Sandbox")]
    [InlineData("Kintsugi.Forge")]
    [InlineData("Kintsugi.Healing")]
    [InlineData("Kintsugi.Cli")]
    public void No_two_folders_of_a_project_need_each_other(string project)
    {
        var edges = Edges(project).ToList();
        var mutual = from edge in edges
                     where Reaches(edges, edge.To, edge.From)
                     select $"{edge.From} ⇄ {edge.To}: {edge.Example}";

        Assert.Equal("", string.Join("\n", mutual));
    }

    /// <summary>Which folder of a project needs which other, each once with one example. The project's own root belongs to no folder.</summary>
    private static IEnumerable<(string From, string To, string Example)> Edges(string project) =>
        from dependency in Dependencies()
        let user = Folder(project, dependency.FromNamespace)
        let used = Folder(project, dependency.ToNamespace)
        where user is not null && used is not null && user != used
        group $"{dependency.From} uses {dependency.To}" by (user, used) into edge
        select (edge.Key.user!, edge.Key.used!, edge.First());

    private static bool Reaches(List<(string From, string To, string Example)> edges, string start, string goal)
    {
        var seen = new HashSet<string>();
        var next = new Stack<string>([start]);
        while (next.TryPop(out var folder))
        {
            if (folder == goal) return true;
            if (!seen.Add(folder)) continue;
            foreach (var edge in edges.Where(edge => edge.From == folder)) next.Push(edge.To);
        }
        return false;
    }

    private static string? Folder(string project, string name) =>
        name.StartsWith(project + ".", StringComparison.Ordinal) ? name[(project.Length + 1)..].Split('.')[0] : null;

    private static IEnumerable<(string From, string FromNamespace, string To, string ToNamespace)> Dependencies() =>
        from type in Code.Value.Types
        from dependency in type.Dependencies
        where type.Namespace is not null && dependency.Target.Namespace is not null // a type parameter has none
        select (type.FullName, type.Namespace.FullName, dependency.Target.FullName, dependency.Target.Namespace.FullName);

    private static IEnumerable<Assembly> Ours() =>
        from file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
        let name = Path.GetFileNameWithoutExtension(file)
        where name == "kintsugi" || ProjectTests.Order.Any(project => name == "Kintsugi." + project)
        select Assembly.Load(name);
}
