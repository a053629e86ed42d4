using Kintsugi.Cli.Output;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Repair;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Cassettes;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Cli;

/// <summary>How one is opened: what kintsugi.yaml says at a version, and whose word counts where a stranger wrote it.</summary>
internal sealed partial class Workspace
{
    private const int MostAgentsNamed = 5;

    /// <exception cref="BadFileException">kintsugi.yaml cannot be used.</exception>
    /// <exception cref="GitException">There is no repository, or no such version.</exception>
    public static Task<Workspace> OpenAsync(string directory, string revision, bool allowUnsandboxed, CancellationToken cancellationToken) =>
        OpenAsync(directory, revision, allowUnsandboxed, CassetteMode.Auto, cancellationToken);

    /// <param name="cassetteMode">With <see cref="CassetteMode.Replay"/> nobody is asked, so no variable that holds a key need be set.</param>
    /// <exception cref="BadFileException">kintsugi.yaml cannot be used.</exception>
    /// <exception cref="GitException">There is no repository, or no such version.</exception>
    public static Task<Workspace> OpenAsync(string directory, string revision, bool allowUnsandboxed, CassetteMode cassetteMode, CancellationToken cancellationToken) =>
        OpenAsync(directory, revision, null, allowUnsandboxed, cassetteMode, cancellationToken);

    /// <summary>Opens a version that a stranger wrote: it is judged, built and limited as the trusted version says, gets no secret, and recordings alone answer it.</summary>
    /// <param name="trusted">The version that is trusted: the base of a fork's pull request.</param>
    /// <exception cref="BadFileException">kintsugi.yaml of either version cannot be used.</exception>
    /// <exception cref="GitException">There is no repository, or no such version.</exception>
    public static Task<Workspace> OpenStrangersAsync(string directory, string revision, string trusted, CancellationToken cancellationToken) =>
        OpenAsync(directory, revision, trusted, false, CassetteMode.Replay, cancellationToken);

    private static async Task<Workspace> OpenAsync(
        string directory, string revision, string? trustedRevision, bool allowUnsandboxed, CassetteMode cassetteMode, CancellationToken cancellationToken)
    {
        if (!System.IO.Directory.Exists(directory))
            throw new BadFileException($"'{directory}'", null, "there is no such directory. Give the agent's directory, the one with kintsugi.yaml.");
        var full = Path.GetFullPath(directory);
        var scratch = Scratch.Create();
        try
        {
            var git = await GitRepository.OpenAsync(full, scratch.Directory("git"), cancellationToken);
            var head = await git.ResolveAsync(revision, cancellationToken);
            var files = await git.ListAsync(head.Tree, cancellationToken);
            Func<string, string?> variables = cassetteMode == CassetteMode.Replay ? VariableIfSet : Environment.GetEnvironmentVariable;
            var agent = await DefinitionAsync(git, full, head, revision, files, trustedRevision is null ? variables : _ => NotUsed, cancellationToken);
            var (lawful, lawfulFiles) = (head, files);
            TrustedVersion? trusted = null;
            if (trustedRevision is not null)
            {
                ThrowIfOwnFiles(files, git.Prefix);
                lawful = await git.ResolveAsync(trustedRevision, cancellationToken);
                lawfulFiles = await git.ListAsync(lawful.Tree, cancellationToken);
                var theirs = await DefinitionAsync(git, full, lawful, trustedRevision, lawfulFiles, _ => NotUsed, cancellationToken); // no secret, even where one is set here
                trusted = await TrustedVersion.LayOutAsync(git, scratch.Directory("trusted"), lawful, theirs, lawfulFiles, cancellationToken);
                agent = StrangersVersion.Of(agent, theirs);
            }
            var prices = agent.Models.PricesFile is { } named
                ? PriceFile.Read((await ReadNamedAsync(git, lawful, lawfulFiles, named, "models.prices", cancellationToken)).Span, named)
                : PriceList.Embedded();
            var policy = agent.Repair.PolicyFile is { } rules
                ? RepairPolicyFile.Read((await ReadNamedAsync(git, lawful, lawfulFiles, rules, "repair.policy", cancellationToken)).Span, rules)
                : RepairPolicy.None;
            return new Workspace(full, git, scratch, revision, head, agent, prices, policy, files.Select(f => f.Path), allowUnsandboxed, cassetteMode, trusted);
        }
        catch
        {
            scratch.Dispose();
            throw;
        }
    }

    /// <summary>A stranger could bring recordings that answer what it likes.</summary>
    private static void ThrowIfOwnFiles(IReadOnlyList<TreeFile> files, string prefix)
    {
        var own = (prefix.Length == 0 ? "" : prefix + "/") + ".kintsugi/kintsugi.db";
        if (files.FirstOrDefault(f => f.Path.StartsWith(own, StringComparison.OrdinalIgnoreCase)) is { } brought)
            throw new BadFileException(brought.Path, null, "it is committed in a version that is not trusted, and would be taken for our own recordings. Have it removed from that version.");
    }

    private static async Task<AgentDefinition> DefinitionAsync(
        GitRepository git, string directory, Commit version, string revision, IReadOnlyList<TreeFile> files, Func<string, string?> variables, CancellationToken cancellationToken)
    {
        var name = git.Prefix.Length == 0 ? AgentFile.FileName : $"{git.Prefix}/{AgentFile.FileName}";
        var file = files.FirstOrDefault(f => f.Path == name) ?? throw new BadFileException(name, null, WhyMissing(Path.Combine(directory, AgentFile.FileName), revision, files));
        ThrowIfNoFile(file);
        return AgentFile.Load(AgentFile.Decode((await git.ReadBlobAsync(file.Blob, cancellationToken)).Span, name), name, variables);
    }

    /// <summary>The agents of the repository that holds <paramref name="directory"/>: those with a kintsugi.yaml in that version whose directories are on disk, by path.</summary>
    /// <exception cref="GitException">There is no repository, or no such version.</exception>
    public static async Task<IReadOnlyList<(string Path, string Directory)>> AgentsAsync(string directory, string revision, CancellationToken cancellationToken)
    {
        using var scratch = Scratch.Create();
        await using var git = await GitRepository.OpenAsync(Path.GetFullPath(directory), scratch.Directory("git"), cancellationToken);
        var tree = (await git.ResolveAsync(revision, cancellationToken)).Tree;
        return [.. (await git.ListAsync(tree, cancellationToken))
            .Where(f => f.Path == AgentFile.FileName || f.Path.EndsWith("/" + AgentFile.FileName, StringComparison.Ordinal))
            .Select(f => f.Path[..^AgentFile.FileName.Length].TrimEnd('/'))
            .Select(path => (path, Path.Combine(git.TopLevel, path)))
            .Where(agent => System.IO.Directory.Exists(agent.Item2))
            .OrderBy(agent => agent.path, StringComparer.Ordinal)];
    }

    private static string VariableIfSet(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : NotUsed;

    /// <summary>A file that a key of kintsugi.yaml names.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadNamedAsync(
        GitRepository git, Commit head, IReadOnlyList<TreeFile> files, string name, string key, CancellationToken cancellationToken)
    {
        var path = AgentFiles.FromTop(git.Prefix, name);
        var file = files.FirstOrDefault(f => f.Path == path)
            ?? throw new BadFileException(AgentFile.FileName, null, files.Any(f => f.Path.StartsWith(path + "/", StringComparison.Ordinal))
                ? $"'{Text.Plain(name, 200)}' of `{key}` is a directory. Name a file in it."
                : $"the file '{Text.Plain(name, 200)}' of `{key}` is not in commit {head.Id[..10]}. Commit it, or correct `{key}`.");
        ThrowIfNoFile(file);
        return await git.ReadBlobAsync(file.Blob, cancellationToken);
    }

    private static string WhyMissing(string file, string revision, IReadOnlyList<TreeFile> files)
    {
        if (File.Exists(file)) return $"the file is not committed at {revision}. Commit it first: versions are commits.";
        if (System.IO.Directory.Exists(file)) return "it is a directory. Move it away, then run `kintsugi init` to write the file.";
        var agents = files.Where(f => Path.GetFileName(f.Path) == AgentFile.FileName).Select(f => $"'{Path.GetDirectoryName(f.Path)}'").Take(MostAgentsNamed).ToList();
        return agents.Count == 0
            ? "there is no such file. Run `kintsugi init` to write one."
            : $"there is no such file. Agents of this repository are in {string.Join(", ", agents)}: give one of these, or run `kintsugi init` to write another.";
    }

    // The blob of a link is the path it leads to, perhaps out of the repository; a submodule's content is not part of the version.
    private static void ThrowIfNoFile(TreeFile file)
    {
        if (file.Mode == "120000") throw new BadFileException(file.Path, null, "it is a symbolic link. Commit the file itself: a link can lead out of the version.");
        if (file.Mode == "160000") throw new BadFileException(file.Path, null, "it is a submodule. Commit the file itself: what a submodule holds is not part of the version.");
    }
}
