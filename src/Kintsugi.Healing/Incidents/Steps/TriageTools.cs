using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Models.Wire;
using Microsoft.Extensions.AI;
using Component = Kintsugi.Evaluation.Agents.Component;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What a model may look at while it forms its opinion. What a tool shows gets an id by which it can be cited.</summary>
/// <remarks>Only versions that the repository's own commits make up are run, on visible samples; nothing is changed by any of it.</remarks>
/// <param name="own">Which recordings of earlier runs may answer.</param>
/// <param name="differing">Components that differ between base and head.</param>
/// <param name="stand">For swaps; null where no more than one component differs.</param>
/// <param name="failing">Visible samples, the most telling first.</param>
internal sealed class TriageTools(
    HealContext context, Recall own, IReadOnlyList<Component> differing, SwapStand? stand, IReadOnlyList<Sample> failing, ShownFiles atBase, ShownFiles atHead, ConversationLimits limits) : IToolBox
{
    private const int MostTimes = 5, MostSwapped = 5, MostLinks = 12, MostCited = 10, MostBlamed = 20, LongestLink = 500, LongestSummary = 1_500, LongestId = 120, LongestWords = 3_000;
    private const string Head = "head", Base = "base";

    private static readonly JsonSerializerOptions Arguments = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private readonly List<EvidenceItem> _asked = [];
    private int _runs;

    public string Work => "opinion";

    public bool IsHandedIn => Opinion is not null;

    /// <summary>As the model gave it, cut, and held against nothing yet; null until it does.</summary>
    public Opinion? Opinion { get; private set; }

    /// <summary>What the tools showed.</summary>
    public IReadOnlyList<EvidenceItem> Asked => _asked;

    /// <summary>What its runs of the agent have cost.</summary>
    public RunCost Cost { get; private set; } = RunCost.None;

    public IList<AITool> All =>
    [
        Tool(RerunAsync, "rerun", "Runs one visible sample on head or base as they are, and says what came of each run."),
        .. stand is null ? (IEnumerable<AITool>)[] : [Tool(SwapAsync, "swap", "Runs failing samples on a version in which some components are as head has them and all others as base has them.")],
        Tool(ShowTrajectoryAsync, "show_trajectory", "Runs one visible sample once and shows every step of it, and what the agent's model was asked and said."),
        Tool(ShowFileAsync, "show_file", "Shows lines of a file, each with its number."),
        Tool(Answer, "answer", "Gives your opinion. Nothing can be asked afterwards."),
    ];

    private static AIFunction Tool(Delegate does, string name, string description) =>
        AIFunctionFactory.Create(does, new AIFunctionFactoryOptions { Name = name, Description = description, SerializerOptions = Arguments });

    private async Task<string> RerunAsync(
        [Description("Id of a visible sample, as it stands behind `sample-`.")] string sample,
        [Description("`head` or `base`.")] string version = Head,
        [Description("How often; at most 5.")] int times = 1,
        CancellationToken cancellationToken = default)
    {
        var (chosen, on) = (SampleOf(sample), VersionOf(version));
        var draws = Draw(1, Math.Clamp(times, 1, MostTimes));
        var run = await RunAsync(on, [chosen], draws, cancellationToken);
        return Say($"{chosen.Id} run {draws.Count} times on {version}", new { Version = version, Runs = run.Results.Select(View) });
    }

    private async Task<string> SwapAsync(
        [Description("Components that are as head has them; all others are as base has them.")] Component[] @new,
        CancellationToken cancellationToken = default)
    {
        List<Component> same = [.. @new.Except(differing)];
        if (same.Count > 0) throw new ToolMistakeException($"The {Words.Snake(same[0])} does not differ. These do: {string.Join(", ", differing.Select(Words.Snake))}.");
        var configuration = differing.Select((component, c) => @new.Contains(component) ? 1 << c : 0).Sum();
        List<Sample> samples = [.. failing.Take(MostSwapped)];
        var draws = Draw(samples.Count, 1);
        if (await stand!.AskAsync(configuration, samples, draws, cancellationToken) is not { } run) throw new ToolMistakeException("That version cannot be put together: files of it stand in each other's way.");
        Cost += run.Cost;
        var named = configuration == 0 ? "nothing" : string.Join(" + ", differing.Where(@new.Contains).Select(Words.Snake));
        return Say($"{samples.Count} failing samples on base with {named} as head has it", new { DoesNotStart = StartFailure(run), Runs = run.Results.Select(View) });
    }

    private async Task<string> ShowTrajectoryAsync(
        [Description("Id of a visible sample, as it stands behind `sample-`.")] string sample,
        [Description("`head` or `base`.")] string version = Head,
        CancellationToken cancellationToken = default)
    {
        var (chosen, on) = (SampleOf(sample), VersionOf(version));
        var draws = Draw(1, 1);
        var run = await RunAsync(on, [chosen], draws, cancellationToken);
        var result = run.Results[0];
        // The draw is this run's alone, so what is recorded under it was asked in this run.
        var said = await context.Cassette.ReadAsync([chosen.Id], r => r.Key.Epoch == draws[0] && DriftProbe.IsOfAgentsModel(r), cancellationToken);
        return Say($"{chosen.Id} on {version}, step by step", new
        {
            Version = version,
            Run = View(result),
            Steps = FailureTraces.Lines(result.Trajectory).Select((says, i) => new { Step = i + 1, Says = says }),
            StandardError = StrangersText.Block(result.Trajectory.StandardError, 40, LongestWords),
            Model = said.OrderBy(r => r.At).Take(MostTimes).Select(r => new { Asked = Ends(System.Text.Encoding.UTF8.GetString(r.Question.Span)), Said = Ends(AnswerWords.Of(r.Answer) ?? "") }),
        });
    }

    private async Task<string> ShowFileAsync(
        [Description("Path from the repository's top.")] string path,
        [Description("`head` or `base`.")] string version = Head,
        [Description("First line, from 1.")] int from = 1,
        [Description("How many lines.")] int lines = 200,
        CancellationToken cancellationToken = default)
    {
        _ = VersionOf(version);
        var text = await (version == Head ? atHead : atBase).ReadAsync(path, from, lines, cancellationToken);
        return Say($"{path} of {version} from line {from}", text);
    }

    private string Answer(
        [Description("The cause.")] Cause cause,
        [Description("How the agent fails.")] FailureMode mode,
        [Description("Ids of the hunks that are to blame; none when the cause lies outside the repository.")] string[] blamed,
        [Description("From the changed line to the symptom.")] ChainLink[] chain,
        [Description("Between 0 and 1.")] double confidence,
        [Description("What you would do.")] RemedyAction action,
        [Description("Two or three sentences for a person.")] string summary)
    {
        if (!(confidence >= 0 && confidence <= 1)) throw new ToolMistakeException("`confidence` lies between 0 and 1.");
        if (chain.Length is 0 or > MostLinks) throw new ToolMistakeException($"`chain` has 1 to {MostLinks} links, not {chain.Length}.");
        if (chain.Any(link => string.IsNullOrWhiteSpace(link?.Says) || link.Evidence is not { Count: > 0 and <= MostCited })) throw new ToolMistakeException($"Each link of `chain` says something and names 1 to {MostCited} ids in `evidence`.");
        if (blamed.Length > MostBlamed) throw new ToolMistakeException($"`blamed` names at most {MostBlamed} hunks.");
        if (string.IsNullOrWhiteSpace(summary)) throw new ToolMistakeException("`summary` is empty.");
        Opinion = new Opinion(
            cause, mode, Ids(blamed), [.. chain.Select(link => new ChainLink(StrangersText.OneLine(link.Says, LongestLink), Ids(link.Evidence)))], confidence, action, StrangersText.OneLine(summary, LongestSummary));
        return "Thank you.";

        static IReadOnlyList<string> Ids(IEnumerable<string> ids) => [.. ids.Select(id => StrangersText.OneLine(id ?? "", LongestId)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A held-out sample is unknown here, like one that does not exist.</summary>
    private Sample SampleOf(string id) =>
        context.Dataset.Visible.FirstOrDefault(s => s.Id == id) ?? throw new ToolMistakeException($"There is no visible sample '{StrangersText.OneLine(id, LongestId)}'.");

    private StandVersion VersionOf(string version) => version switch
    {
        Head => context.HeadVersion,
        Base => context.BaseVersion,
        _ => throw new ToolMistakeException("`version` is `head` or `base`."),
    };

    /// <summary>Fresh draws for some samples, each as often.</summary>
    private IReadOnlyList<int> Draw(int samples, int times)
    {
        if (_runs + (samples * times) > limits.SampleRuns) throw new ToolMistakeException($"{_runs} of {limits.SampleRuns} runs of the agent are used. Answer with what you know.");
        var draws = Draws.Ask(_runs, times);
        _runs += samples * times;
        return draws;
    }

    private async Task<EvalRun> RunAsync(StandVersion version, IReadOnlyList<Sample> samples, IReadOnlyList<int> draws, CancellationToken cancellationToken)
    {
        var run = await context.Stand.RunAsync(version, samples, draws, own, "advise", cancellationToken);
        Cost += run.Cost;
        return run;
    }

    private object View(SampleResult result) => result.Outcome switch
    {
        Outcome.Passed => new { Sample = result.SampleId, Passed = true },
        Outcome.Failed => new { Passed = false, Run = CaseView.Of(FailureTraces.Of(context.SampleOf(result.SampleId), result)) },
        _ => new { Sample = result.SampleId, NotCounted = "the world failed, which says nothing of the agent" },
    };

    private static string? StartFailure(EvalRun run) => run.StartFailure is { } why ? StrangersText.Block(why, 40, LongestWords) : null;

    private string Say(string what, object shown)
    {
        var item = new EvidenceItem(string.Create(CultureInfo.InvariantCulture, $"asked-{_asked.Count + 1}"), StrangersText.OneLine(what, LongestId));
        _asked.Add(item);
        return $"{item.Id}\n{(shown is string text ? text : CaseView.Write(shown))}";
    }

    /// <summary>What a model is to do stands first in what it is asked, what it is to do it with last.</summary>
    private static string Ends(string text) => text.Length <= LongestWords ? text : $"{text[..(LongestWords / 2)]} … {text[^(LongestWords / 2)..]}";
}
