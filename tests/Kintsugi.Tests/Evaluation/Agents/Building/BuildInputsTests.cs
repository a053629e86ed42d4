using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Agents.Building;

namespace Kintsugi.Tests.Evaluation.Agents.Building;

public class BuildInputsTests
{
    private static readonly BuildDefinition Build = new("pip install -r requirements.txt", ["requirements*.txt", "../shared/**"], BuildNetwork.None);

    private static readonly List<(string Path, string Mode, string Blob)> Files =
    [
        ("agents/a/requirements.txt", "100644", "b1"), ("agents/a/requirements-dev.txt", "100644", "b2"), ("agents/a/agent.py", "100644", "b3"), ("agents/shared/x.py", "100644", "b4"),
    ];

    private static string Key(BuildDefinition? build = null, List<(string, string, string)>? files = null, string mountAt = "/work/repo", string machine = "x64") =>
        BuildInputs.Key(build ?? Build, files ?? Files, "agents/a", mountAt, machine);

    [Fact]
    public void A_file_that_is_no_input_changes_nothing() => Assert.Equal(Key(), Key(files: Changed("agents/a/agent.py", blob: "b9")));

    [Fact]
    public void The_order_in_which_files_are_listed_changes_nothing() => Assert.Equal(Key(), Key(files: [.. Enumerable.Reverse(Files)]));

    [Fact]
    public void An_input_that_differs_in_content_or_mode_or_is_gone_makes_another_key()
    {
        string[] keys =
        [
            Key(), Key(files: Changed("agents/a/requirements.txt", blob: "b9")), Key(files: Changed("agents/shared/x.py", blob: "b9")),
            Key(files: Changed("agents/a/requirements.txt", mode: "100755")), Key(files: [.. Files.Skip(1)]),
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void Another_command_place_machine_or_registry_makes_another_key()
    {
        var registry = new BuildRegistry(new Uri("https://pypi.example.com/"), new Dictionary<string, string>());
        string[] keys =
        [
            Key(), Key(Build with { Run = "pip install ." }), Key(mountAt: "/home/me/repo"), Key(machine: "arm64"), Key(Build with { Network = new BuildNetwork([], [registry]) }),
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void A_host_that_is_allowed_too_changes_nothing() =>
        Assert.Equal(Key(), Key(Build with { Network = new BuildNetwork([new AllowedHost("pypi.org", null)], []) }));

    private static List<(string, string, string)> Changed(string path, string? blob = null, string? mode = null) =>
        [.. Files.Select(f => f.Path == path ? (path, mode ?? f.Mode, blob ?? f.Blob) : f)];
}
