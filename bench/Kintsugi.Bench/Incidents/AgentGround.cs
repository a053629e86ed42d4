using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Evaluation.Running;
using Kintsugi.Models.Providers.Simulated;
using Kintsugi.Storage;

namespace Kintsugi.Bench.Incidents;

/// <summary>What a version answers.</summary>
/// <param name="Answers">By the question's id; the kind of error, in brackets, where it gave none.</param>
/// <param name="StartFailure">Why it did not start; null when it did.</param>
public sealed record Behaviour(ImmutableDictionary<string, string> Answers, string? StartFailure)
{
    /// <summary>Those of the questions that are answered otherwise.</summary>
    public ImmutableHashSet<string> Differs(Behaviour good, IEnumerable<string> among) => [.. among.Where(id => Answers[id] != good.Answers[id])];
}

/// <summary>One question that can be asked again.</summary>
public sealed record Numbered(string Id, Question Question);

/// <summary>
/// The one place where all versions of an agent are run, so that what was built there is built once. Runs are those of `kintsugi eval`: the same sandbox, gateway and
/// protocol as in a heal, and the simulated model without its noise.
/// </summary>
public sealed class AgentGround(PlantedAgent agent, string directory)
{
    private const string Runner = "oracle";

    private static readonly SimulatedWeather Noiseless = SimulatedWeather.Calm with { Noise = 0 };

    private readonly Dictionary<string, Behaviour> _known = [];

    public PlantedAgent Agent => agent;

    /// <summary>Where a repository lies while something is run on it.</summary>
    public string Place => Path.Combine(directory, agent.Name);

    /// <summary>A directory of the ground's that keeps something while another thing lies at <see cref="Place"/>.</summary>
    public string Kept(string name) => Path.Combine(directory, $"{agent.Name}.{name}");

    /// <summary>What a version answers to the questions, each asked once.</summary>
    /// <param name="drift">Another model behind the name; null for the usual one.</param>
    /// <exception cref="InvalidOperationException">Nothing could be asked: the world failed, not the version.</exception>
    public async Task<Behaviour> BehaviourAsync(VersionFiles version, IReadOnlyList<Numbered> questions, SimulatedDrift? drift, CancellationToken cancellationToken)
    {
        var said = string.Join('\0', [.. version.Texts.SelectMany(file => (string[])[file.Key, file.Value]), $"{drift}", .. questions.Select(q => q.Id + q.Question.Input.ToJsonString())]);
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(said)));
        return _known.TryGetValue(key, out var known) ? known : _known[key] = await AskAsync(version, questions, drift, cancellationToken);
    }

    private async Task<Behaviour> AskAsync(VersionFiles version, IReadOnlyList<Numbered> questions, SimulatedDrift? drift, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Kept(Runner))) Directory.Move(Kept(Runner), Place);
        else await MakeAsync(cancellationToken);
        try
        {
            Write(version.Texts.SetItem("golden/samples.jsonl", string.Concat(questions.Select(q => GoldenSample(q, new JsonObject(agent.Fields.Select(f => KeyValuePair.Create<string, JsonNode?>(f, 0))))))), Noiseless with { Drift = drift });
            await GitAsync(["add", "--all"], cancellationToken);
            await GitAsync(["commit", "--quiet", "--allow-empty", "--message=As asked"], cancellationToken);
            var commit = (await GitAsync(["rev-parse", "HEAD"], cancellationToken)).Trim();
            var end = await new KintsugiCommand("eval", Place, "--json", "--allow-insufficient").RunAsync(cancellationToken);
            if (end.ExitStatus is not (0 or 1)) throw new InvalidOperationException($"{agent.Name} could not be asked: {end.Error}");
            if (end.Document.GetProperty("start_failure").GetString() is { } failure) return new Behaviour(questions.ToImmutableDictionary(q => q.Id, _ => "[start]"), failure);
            var run = new ResultStore(Database.Open(Path.Combine(Place, ".kintsugi", "kintsugi.db")), TimeProvider.System).Last(agent.Name, "eval", commit, DateTimeOffset.UtcNow)!;
            return new Behaviour(run.Results.ToImmutableDictionary(r => r.SampleId, r => r.Output is { } output ? JsonSerializer.Serialize(output) : $"[{r.Error?.Type ?? r.WorldFault}]"), null);
        }
        finally
        {
            Directory.Move(Place, Kept(Runner));
        }
    }

    /// <summary>A line of a golden dataset.</summary>
    public static string GoldenSample(Numbered asked, JsonNode target) =>
        new JsonObject
        {
            ["id"] = asked.Id,
            ["input"] = asked.Question.Input.DeepClone(),
            ["target"] = target,
            ["tags"] = new JsonArray(asked.Question.Tag),
            ["family"] = asked.Id,
        }.ToJsonString() + "\n";

    /// <summary>An empty repository at <see cref="Place"/>, with what a package manager brought.</summary>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Place);
        if (agent.Packages is { } packages) await KintsugiCommand.HostAsync("cp", ["-a", "--", await packages(cancellationToken) + "/.", Place], cancellationToken);
        await GitAsync(["init", "--quiet", "--initial-branch=main", "--template="], cancellationToken);
    }

    /// <summary>Puts these text files, and no others, into the work tree.</summary>
    public void Write(ImmutableSortedDictionary<string, string> texts, SimulatedWeather weather)
    {
        foreach (var (path, text) in texts)
        {
            var file = Path.Combine(Place, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
        Directory.CreateDirectory(Path.Combine(Place, ".kintsugi"));
        File.WriteAllText(Path.Combine(Place, ".kintsugi", "simulated.json"), weather.ToJson());
    }

    /// <summary>Git at <see cref="Place"/>, as somebody of the team.</summary>
    public Task<string> GitAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) => KintsugiCommand.HostAsync(
        "git", ["-C", Place, "-c", "user.name=Ines Marquardt", "-c", "user.email=ines@meridian.example", "-c", "commit.gpgsign=false", .. arguments], cancellationToken);
}
