using System.Collections.Immutable;

namespace Kintsugi.Bench.Incidents;

/// <summary>The repository of one incident: a blessed version, and days of work in which the damage is one change among many.</summary>
public sealed class PlantedRepository(PlantedIncident incident, Exam exam)
{
    private const string Golden = "golden/samples.jsonl";

    private static readonly string[] Messages =
        ["Tidy", "Review wording", "Follow up on last week", "Small things", "Clean up after the release", "Take up what came in", "Prepare for autumn", "Align names", "Bring up to date", "Address comments"];

    private AgentGround Ground => incident.Ground;

    private string Blessed => Ground.Kept($"blessed-{exam.Number}");

    /// <summary>Copies the blessed repository, or makes it if it is the first of its exam, and commits what came after.</summary>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Blessed)) await BlessAsync(cancellationToken);
        await KintsugiCommand.HostAsync("cp", ["-a", "--", Blessed, Ground.Place], cancellationToken);
        var random = new Random(incident.Seed);
        List<Edit> made = [];
        foreach (var commit in Commits(random))
        {
            made.AddRange(commit);
            await CommitAsync(Ground.Agent.Good.With(made).Texts, random, cancellationToken);
        }
        if (incident.NewSamples.Length > 0) await CommitAsync(ImmutableSortedDictionary<string, string>.Empty.Add(Golden, exam.GoldenLines + incident.NewSamples), random, cancellationToken);
        Ground.Write(ImmutableSortedDictionary<string, string>.Empty, incident.Weather);
    }

    /// <summary>Branches that hold a fix.</summary>
    public async Task<IReadOnlyList<string>> FixesAsync(CancellationToken cancellationToken) =>
        (await Ground.GitAsync(["for-each-ref", "--format=%(refname)", "refs/heads/kintsugi"], cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The agent's files as a branch has them.</summary>
    public async Task<VersionFiles> FilesOfAsync(string branch, CancellationToken cancellationToken)
    {
        var texts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var path in Ground.Agent.Good.Texts.Keys) texts[path] = await Ground.GitAsync(["cat-file", "blob", $"{branch}:{path}"], cancellationToken);
        return new VersionFiles(texts.ToImmutable());
    }

    public void Delete()
    {
        if (Directory.Exists(Ground.Place)) Directory.Delete(Ground.Place, recursive: true);
    }

    private async Task BlessAsync(CancellationToken cancellationToken)
    {
        var random = new Random(exam.Number);
        await Ground.MakeAsync(cancellationToken);
        Ground.Write(Ground.Agent.Good.Texts.SetItem(Golden, exam.GoldenLines), incident.Weather with { Drift = null, RateLimit = new(), Failures = new(), Seed = exam.Number });
        await Ground.GitAsync(["add", "--all", "--", ".", ":!.kintsugi"], cancellationToken);
        await Ground.GitAsync(["commit", "--quiet", "--message=Begin"], cancellationToken);
        var end = await new KintsugiCommand("bless", "--dir", Ground.Place).RunAsync(cancellationToken);
        if (end.ExitStatus != 0) throw new InvalidOperationException($"{Ground.Agent.Name} could not be blessed: {end.Error}");
        await CommitAsync(ImmutableSortedDictionary<string, string>.Empty, random, cancellationToken);
        Directory.Move(Ground.Place, Blessed);
    }

    private async Task CommitAsync(ImmutableSortedDictionary<string, string> texts, Random random, CancellationToken cancellationToken)
    {
        foreach (var (path, text) in texts) await File.WriteAllTextAsync(Path.Combine(Ground.Place, path), text, cancellationToken);
        await Ground.GitAsync(["add", "--all"], cancellationToken);
        await Ground.GitAsync(["commit", "--quiet", $"--message={Messages[random.Next(Messages.Length)]}"], cancellationToken);
    }

    /// <summary>Each planted edit is in a commit of its own, beside harmless ones as it comes; what states it is with it.</summary>
    private List<Edit>[] Commits(Random random)
    {
        List<List<Edit>> commits = [.. incident.Planted.Select(edit => (List<Edit>)[edit])];
        if (commits.Count > 0) commits[0].AddRange(incident.Stated);
        foreach (var edit in incident.Harmless)
        {
            if (commits.Count == 0 || random.Next(2) == 0) commits.Add([edit]);
            else commits[random.Next(commits.Count)].Add(edit);
        }
        var order = commits.ToArray();
        random.Shuffle(order);
        return order;
    }
}
