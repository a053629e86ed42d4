using System.Globalization;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Models;
using Kintsugi.Models.Routing;

namespace Kintsugi.Evaluation.Scorers.Judging;

/// <summary>A model, or a panel of them, judges by a rubric. It decides only as far as labels of people have shown that it can.</summary>
public sealed class JudgeScorer : IScorer
{
    private readonly JudgeSettings _settings;
    private readonly IReadOnlyList<ModelJudge> _judges;
    private readonly JudgePanel? _panel;

    private JudgeScorer(string hash, JudgeInUse inUse, JudgeSettings settings, IReadOnlyList<ModelJudge> judges) =>
        (Hash, InUse, _settings, _judges, _panel) = (hash, inUse, settings, judges, inUse.MayGate ? inUse.Record.Items?.Panel() : null);

    public string Name => InUse.Scorer;

    public string Hash { get; }

    public JudgeInUse InUse { get; }

    /// <param name="hashOf">The scorer's hash, from the judge's identity and all that decides what it decides on.</param>
    internal static JudgeScorer Create(JudgeSettings settings, JudgeSource source, Func<string, string, string> hashOf)
    {
        string[] roles = settings.Panel.Count == 0 ? [Role.Judge] : [.. settings.Panel.Select(Role.OfPanel)];
        List<string> models = [.. roles.Select(role => Model(source.Models, role))];
        var prompt = JudgePrompt.Of(models, settings);
        var name = $"judge {settings.File}{(settings.AgainstTarget ? " against target" : settings.Reference == false ? " without target" : "")}{(models.Count > 1 ? $" (panel of {models.Count})" : "")}";
        var record = source.RecordOf(prompt.Judge);
        var standing = JudgeInUse.StandingOf(prompt.Judge, models.Count, record, source.Today);
        var inUse = new JudgeInUse(name, settings.File, models, prompt.Judge, settings.AgainstTarget, record, standing);
        return new JudgeScorer(
            hashOf(prompt.Judge, Decides(inUse)), inUse, settings, [.. roles.Select(role => new ModelJudge(name, role, prompt, settings.AgainstTarget, source))]);
    }

    public bool Gates(Sample sample) => InUse.MayGate && !InUse.Standing.AdvisesOn.Any(sample.Tags.Contains);

    internal bool NeedsTarget => _settings.AgainstTarget || _settings.Reference == true;

    public string? Lacks(Sample sample) => sample.Target is null && NeedsTarget
        ? $"has no 'target', which the scorer '{Name}' shows to its judge. Add one, or remove '{(_settings.AgainstTarget ? "against" : "reference")}'."
        : null;

    public async ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken)
    {
        if (!JudgePrompt.CanHold(answer.Output)) return Told(answer, 0, false, "The answer holds text that is not Unicode.");
        var opinions = await JudgeAsync(Question(answer.Sample.Input, answer.Sample.Target, answer.Output), answer.Calls, cancellationToken);
        if (opinions.All(o => o.AsGiven is null || (_settings.AgainstTarget && o.Swapped is null)))
            throw new ScorerException(Name, $"{Faults.JudgeUnreadable}: asked twice, it gave no verdict in the format. Ask another model by models.roles.judge.");
        return _judges.Count > 1 ? OfPanel(answer, opinions) : _settings.AgainstTarget ? OfPair(answer, opinions[0]) : OfOne(answer, opinions[0].AsGiven!);
    }

    /// <summary>What a label or a sample gives the judge to see.</summary>
    internal JudgeQuestion Question(JsonElement input, JsonElement? target, JsonElement output) =>
        new(input, _settings.AgainstTarget || _settings.Reference != false ? target : null, output);

    /// <summary>Every model's opinion, in their order.</summary>
    /// <exception cref="ScorerException">One of them could not be asked.</exception>
    internal Task<JudgeOpinion[]> JudgeAsync(JudgeQuestion question, ScorerCalls calls, CancellationToken cancellationToken) =>
        Task.WhenAll(_judges.Select(judge => judge.JudgeAsync(question, calls, cancellationToken)));

    internal Vote Vote(JudgeReply? reply) => reply?.Vote(_settings.AgainstTarget ? 1 : _settings.Pass) ?? Judges.Vote.Abstained;

    private Score OfOne(Answer answer, JudgeReply reply) => Told(answer, reply.Value, Vote(reply) == Judges.Vote.Yes, reply.Reason);

    private Score OfPair(Answer answer, JudgeOpinion opinion)
    {
        var vote = BothOrders.Vote(Vote(opinion.AsGiven), Vote(opinion.Swapped));
        if (vote == Judges.Vote.Abstained) throw Abstained("its verdict changed when the two answers changed places");
        return Told(answer, vote == Judges.Vote.Yes ? 1 : 0, vote == Judges.Vote.Yes, opinion.AsGiven!.Reason);
    }

    private Score OfPanel(Answer answer, IReadOnlyList<JudgeOpinion> opinions)
    {
        var said = string.Join("; ", opinions.Select((o, n) => string.Create(CultureInfo.InvariantCulture, $"{InUse.Models[n]} {(o.AsGiven is { } reply ? $"{reply.Value:0.##}: {reply.Reason}" : "nothing that can be read")}")));
        if (_panel is null)
        {
            var mean = opinions.Where(o => o.AsGiven is not null).Average(o => o.AsGiven!.Value);
            return Told(answer, mean, mean >= _settings.Pass, said);
        }
        var verdict = _panel.Decide([.. opinions.Select(o => Vote(o.AsGiven))], "", margin: 0);
        if (verdict.Vote == Judges.Vote.Abstained) throw Abstained("its members' votes cancel out");
        return Told(answer, verdict.Vote == Judges.Vote.Yes ? 1 : 0, verdict.Vote == Judges.Vote.Yes, said);
    }

    private ScorerException Abstained(string why) => new(Name, $"{Faults.JudgeAbstained}: {why}");

    private Score Told(Answer answer, double value, bool passed, string reason) => new(Name, value, passed, reason) { Advisory = !Gates(answer.Sample) };

    /// <summary>Outcomes compare only where the same judge decided on the same samples, and a panel by the same weights.</summary>
    private static string Decides(JudgeInUse inUse) => !inUse.MayGate
        ? "advises"
        : $"gates {CanonicalJson.Hash(JsonSerializer.SerializeToElement(inUse.Standing.AdvisesOn), JsonSerializer.SerializeToElement(inUse.Record.Items?.Panel()?.Whole))}";

    private static string Model(ModelsConfig models, string role)
    {
        var step = Routes.Of(models, role, [.. models.Providers.Keys])[0];
        return $"{step.Provider}/{models.NameAt(step.Provider, step.Model!)}";
    }
}
