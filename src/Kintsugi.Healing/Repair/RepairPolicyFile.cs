using System.Text.Json;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Repair;

/// <summary>Reads the file that `repair.policy` of kintsugi.yaml names, as kintsugi.yaml itself is read.</summary>
public static class RepairPolicyFile
{
    private static readonly RemedyAction[] Actions =
        [RemedyAction.Repair, RemedyAction.RollBack, RemedyAction.Repin, RemedyAction.Quarantine, RemedyAction.Retry, RemedyAction.Escalate];

    private static readonly ObjectShape When = new("Which regressions it is about; what is not named matches anything.",
    [
        new("severity", Some("critical: critical samples broke; high, medium, low: the pass rate fell by 0.3 or more, by 0.1 or more, by less.", Enum.GetValues<Severity>())),
        new("confidence", new ObjectShape("How sure the cause is, in [0, 1].",
        [
            new("below", new NumberShape("Less than this.", 0, 1)),
            new("at_least", new NumberShape("This or more.", 0, 1)),
        ])),
        new("fixability", Some("restorable: a culprit is left that may be put back; writable: none is, and somebody may write a change; none: neither.", Enum.GetValues<Fixability>())),
        new("cause", Some("The cause, by the words of the diagnosis.", Enum.GetValues<Cause>())),
    ]);

    private static readonly ObjectShape Root = new("What is to be done about regressions: the first rule that matches decides.",
    [
        new("wishes", new TextShape("Wishes for a model or a coding agent that writes a change.")),
        new("rules", new ListShape("The first that matches decides; where none does, the diagnosis does.", new ObjectShape("One rule.",
        [
            new("when", When),
            new("do", new WordShape("What is done.", [.. Actions.Select(Word)]), Required: true),
            new("because", new TextShape("Why, for those who read the report.")),
        ]))),
    ]);

    /// <summary>The JSON Schema for editors, as published in docs/healing.schema.json.</summary>
    public static string Schema() => AgentFileSchema.Text(Root, "healing.yaml");

    /// <param name="file">What messages call it.</param>
    /// <exception cref="BadFileException">It cannot be used; the message names the line and the remedy.</exception>
    public static RepairPolicy Read(ReadOnlySpan<byte> bytes, string file)
    {
        var root = AgentFileReader.Read(AgentFile.Decode(bytes, file), file, start: "Begin with `rules:`.");
        new AgentFileCheck(file).Check(root, Root, "");
        var rules = root["rules"] is AgentFileList list ? list.Items.Cast<AgentFileMap>().Select(rule => Rule(rule, file)) : [];
        return new RepairPolicy(file, root.Text("wishes")?.Trim() is { Length: > 0 } wishes ? wishes : null, [.. rules]);
    }

    private static PolicyRule Rule(AgentFileMap rule, string file)
    {
        var when = rule["when"] as AgentFileMap;
        var confidence = when?["confidence"] as AgentFileMap;
        if (confidence?.Number("below") is { } below && confidence.Number("at_least") >= below)
            throw new BadFileException(file, confidence.Line, "'confidence' has a 'below' that is not above its 'at_least', so the rule never matches. Correct one of them.");
        return new PolicyRule(
            rule.Line, Words<Severity>(when, "severity"), confidence?.Number("below"), confidence?.Number("at_least"), Words<Fixability>(when, "fixability"),
            Words<Cause>(when, "cause"), Actions.Single(a => Word(a) == rule.Text("do")), rule.Text("because"));
    }

    private static IReadOnlyList<T> Words<T>(AgentFileMap? when, string key) where T : struct, Enum =>
        [.. (when?.List(key) ?? []).Select(word => Enum.GetValues<T>().Single(value => Word(value) == word))];

    private static ListShape Some<T>(string about, IReadOnlyList<T> values) where T : struct, Enum =>
        new(about, new WordShape("", [.. values.Select(Word)]), OrOne: true, Least: 1);

    private static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
