namespace Kintsugi.Evaluation.Agents;

/// <summary>Which files of a repository are the agent, of which component, and which of them a repair may change. Paths are from the repository's top.</summary>
public sealed class AgentFiles
{
    private static readonly string[] Tests =
    [
        "**/tests/**", "**/test/**", "**/__tests__/**", "**/test_*.py", "**/*_test.*", "**/*.test.*", "**/*.spec.*", "**/*Tests.cs", "**/conftest.py",
    ];

    // What decides how the agent is judged, or runs outside the sandbox: a repair that changed it could mend the verdict in place of the agent.
    private static readonly string[] Judging =
    [
        "**/" + AgentFile.FileName, "**/.kintsugi/**", "**/.git/**", "**/.gitattributes", "**/.gitmodules", "**/.gitignore", "**/.github/**", "**/.gitlab/**",
        "**/.gitlab-ci.yml", "**/.circleci/**", "**/.buildkite/**", "**/.ci/**", "**/.travis.yml", "**/azure-pipelines*.yml",
        "**/bitbucket-pipelines.yml", "**/Jenkinsfile", "**/.pre-commit-config.yaml", "**/.husky/**",
    ];

    // What a tool obeys without being asked: by these a patch could skip the tests, run at an installation or a build, or in the editor of its reviewer.
    private static readonly string[] Steering =
    [
        // Python: test runners (setup.cfg, tox.ini and pyproject.toml configure them too), what runs at installation, what every interpreter runs at its start.
        "**/pytest.ini", "**/.pytest.ini", "**/tox.ini", "**/setup.cfg", "**/setup.py", "**/pyproject.toml", "**/noxfile.py", "**/.coveragerc",
        "**/sitecustomize.py", "**/usercustomize.py", "**/*.pth",
        // JavaScript: test runners, package managers. package.json is judged by its keys.
        "**/jest.config.*", "**/jest.setup.*", "**/vitest.config.*", "**/vitest.workspace.*", "**/vitest.setup.*", "**/vite.config.*", "**/.mocharc*", "**/ava.config.*",
        "**/karma.conf.*", "**/playwright.config.*", "**/cypress.config.*", "**/.npmrc", "**/.yarnrc*", "**/.yarn/**", "**/.pnpmfile.*", "**/pnpm-workspace.yaml", "**/bunfig.toml",
        // .NET: any project file may run commands.
        "**/*.*proj", "**/*.props", "**/*.targets", "**/*.rsp", "**/*.runsettings", "**/nuget.config", "**/global.json", "**/dotnet-tools.json", "**/xunit.runner.json",
        // Builds that stand behind `build` and `test` of kintsugi.yaml.
        "**/Makefile", "**/GNUmakefile", "**/*.mk", "**/justfile", "**/.justfile", "**/Taskfile.y*ml", "**/Rakefile",
        // Shells, git and editors of whoever opens the checkout.
        "**/.envrc", "**/.lfsconfig", "**/.vscode/**", "**/.idea/**", "**/.devcontainer/**",
    ];

    // What says which packages are installed, whatever component it is given to.
    private static readonly string[] Bringing =
    [
        "**/requirements*.txt", "**/constraints*.txt", "**/Pipfile", "**/Pipfile.lock", "**/poetry.lock", "**/uv.lock", "**/pdm.lock", "**/environment.y*ml",
        "**/package-lock.json", "**/npm-shrinkwrap.json", "**/yarn.lock", "**/pnpm-lock.yaml", "**/bun.lock*", "**/deno.lock",
        "**/packages.lock.json", "**/packages.config", "**/paket.*", "**/go.mod", "**/go.sum", "**/go.work", "**/Cargo.toml", "**/Cargo.lock",
        "**/Gemfile", "**/Gemfile.lock", "**/composer.json", "**/composer.lock", "**/pom.xml", "**/*.gradle", "**/*.gradle.kts", "**/Dockerfile*",
    ];

    private readonly string _directory;
    private readonly IReadOnlyList<string> _otherAgents;
    private readonly IReadOnlyList<(Component Component, AgentGlobs Globs)> _components;
    private readonly AgentGlobs _gold;
    private readonly HashSet<string> _besideGold;
    private readonly AgentGlobs _kept;
    private readonly AgentGlobs _apart;
    private readonly AgentGlobs _protected;
    private readonly ScorerFiles _scorers;
    private readonly AgentGlobs _policy;
    private readonly AgentGlobs _steering;
    private readonly AgentGlobs _bringing;
    private readonly AgentGlobs? _mayChange;
    private readonly AgentGlobs _spec;
    private readonly AgentGlobs _neverRestored;
    private readonly AgentGlobs _buildInputs;

    /// <param name="agentPath">The agent's directory; empty when it is the top.</param>
    /// <param name="tracked">Every tracked path: a directory below with a kintsugi.yaml of its own is another agent's.</param>
    public AgentFiles(AgentDefinition agent, string agentPath, IEnumerable<string> tracked)
    {
        _directory = agentPath.Length == 0 ? "" : agentPath.TrimEnd('/') + "/";
        _otherAgents =
        [
            .. tracked.Where(p => p.EndsWith("/" + AgentFile.FileName, StringComparison.Ordinal))
                .Select(p => p[..^AgentFile.FileName.Length])
                .Where(d => d != _directory && d.StartsWith(_directory, StringComparison.Ordinal)),
        ];
        _components = [.. agent.Components.Select(c => (c.Component, new AgentGlobs(agentPath, c.Globs)))];
        _gold = new AgentGlobs(agentPath, agent.Datasets);
        _besideGold = [.. agent.Datasets.Select(d => FromTop(agentPath, d)).OfType<string>().Select(d => d[..(d.LastIndexOf('/') + 1)]).Where(d => d.Length > 0 && d != _directory)];
        _kept = new AgentGlobs("", ["**/.kintsugi/**"]);
        string[] prices = agent.Models.PricesFile is { } file ? [file] : []; // what a version costs is not what it is
        string[] policy = [.. new[] { agent.Repair.PolicyFile, agent.Repair.FormerPolicyFile }.OfType<string>()];
        _scorers = new ScorerFiles(agent, agentPath);
        _policy = new AgentGlobs(agentPath, policy);
        _apart = new AgentGlobs(agentPath, [.. agent.Spec, .. prices, .. policy, "tests/**", "test/**", "docs/**", "**/*.md", ".kintsugi/**"]);
        _protected = new AgentGlobs("", Judging.Concat(Tests), StringComparison.OrdinalIgnoreCase);
        _steering = new AgentGlobs("", Steering, StringComparison.OrdinalIgnoreCase);
        _bringing = new AgentGlobs("", Bringing, StringComparison.OrdinalIgnoreCase);
        _mayChange = agent.Repair.MayChange is { } globs ? new AgentGlobs(agentPath, globs) : null;
        _spec = new AgentGlobs(agentPath, agent.Spec);
        _neverRestored = new AgentGlobs(agentPath, agent.Repair.NeverRestore ?? []);
        _buildInputs = new AgentGlobs(agentPath, agent.Build?.Inputs ?? []);
    }

    /// <summary>A path written relative to the agent's directory, from the repository's top; null when it leads out of the repository.</summary>
    public static string? FromTop(string agentPath, string relative) => AgentGlobs.FromTop(agentPath, relative);

    public bool IsGold(string path) => _gold.Matches(path);

    /// <summary>Whether the file lies in a directory of golden data, and no component of kintsugi.yaml names it.</summary>
    public bool IsBesideGold(string path) => !_gold.Matches(path) && _besideGold.Contains(path[..(path.LastIndexOf('/') + 1)]) && !_components.Any(c => c.Globs.Matches(path));

    /// <summary>Whether the agent may see the file: not gold, nothing that kintsugi keeps of it, and no rules of its repair.</summary>
    /// <remarks>A baseline holds a hash of each sample's input and target: who knows the input finds a short target by trying.</remarks>
    public bool IsShown(string path) => !_gold.Matches(path) && !_kept.Matches(path) && !_policy.Matches(path);

    /// <summary>Whether whoever writes a change to the agent may see the file: as the agent, but for what scorers judge by.</summary>
    public bool IsShownToWriters(string path) => IsShown(path) && !IsScorers(path);

    /// <summary>Whether the file is a scorer's alone: one names it, and no component of kintsugi.yaml does.</summary>
    public bool IsScorers(string path) => _scorers.Names(path) && !_components.Any(c => c.Globs.Matches(path));

    /// <summary>Whether the agent is judged by the file: gold, tests, scorers' files, specifications, kintsugi.yaml.</summary>
    public bool Judges(string path) => _gold.Matches(path) || IsSpec(path) || IsJudge(path);

    /// <summary>Whether the file states what is intended.</summary>
    public bool IsSpec(string path) => _spec.Matches(path);

    /// <summary>Whether the file has a say in how the agent is judged: a test, a scorer's file, the policy of its repair, or a file of CI, git or kintsugi.</summary>
    public bool IsJudge(string path) => _protected.Matches(path) || IsScorers(path) || _policy.Matches(path);

    /// <summary>Whether a scorer names the file, be it the agent's own too: nothing that a model's code may change.</summary>
    public bool IsNamedByScorer(string path) => _scorers.Names(path);

    /// <summary>Whether a test runner, a package manager, a build or an editor obeys the file unasked: nothing that a model's code may change.</summary>
    public bool SteersTools(string path) => _steering.Matches(path);

    /// <summary>Whether the file says which packages are installed: nothing that a model's code may change.</summary>
    public bool BringsCode(string path) => _bringing.Matches(path) || ComponentOf(path) == Component.Dependency;

    /// <summary>Whether the outside world has adopted the file's changes, so that it is only ever fixed forward.</summary>
    public bool IsNeverRestored(string path) => _neverRestored.Matches(path);

    /// <summary>Whether the file may be put back as the last good version had it.</summary>
    public bool MayRestore(string path) => MayChange(path) && !IsNeverRestored(path);

    /// <summary>Whether the build depends on the file.</summary>
    public bool IsBuildInput(string path) => _buildInputs.Matches(path);

    /// <summary>The component that the file belongs to; null when it is none of the agent's, or gold, a test or a document.</summary>
    public Component? ComponentOf(string path)
    {
        if (_gold.Matches(path)) return null;
        foreach (var (component, globs) in _components)
            if (globs.Matches(path))
                return component;
        return IsInside(path) && !_apart.Matches(path) && !_scorers.Names(path) ? Component.Code : null;
    }

    /// <summary>Whether a repair may change the file: gold, tests, specifications, kintsugi.yaml and the files of CI never.</summary>
    public bool MayChange(string path) =>
        !_gold.Matches(path) && !IsSpec(path) && !IsJudge(path)
        && (_mayChange is null ? ComponentOf(path) is not null : _mayChange.Matches(path));

    private bool IsInside(string path) =>
        path.StartsWith(_directory, StringComparison.Ordinal) && !_otherAgents.Any(d => path.StartsWith(d, StringComparison.Ordinal));
}
