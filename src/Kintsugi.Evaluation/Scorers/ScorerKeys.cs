using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>Every key of every scorer.</summary>
internal static class ScorerKeys
{
    private static readonly AgentFileKey Path = new("path", new TextShape("JSONPath of the value, in the answer and in the target: $.tier.", @"^\$.*$", "a path that begins with $, such as $.tier"));

    private static readonly AgentFileKey RequiredPath = Path with { Required = true };

    private static readonly AgentFileKey PassMark = new("pass", new NumberShape("Value from which on the answer passes; default 1.", 0, 1));

    /// <summary>One entry of `scorers`: a map with the scorer's kind as its only key.</summary>
    public static readonly ObjectShape Scorer = new("One scorer.",
    [
        new("exact", new ObjectShape("The value equals the target's as JSON.",
        [
            Path,
            new("ignore_case", new FlagShape("Whether letters of either case are equal; default false.")),
        ])),
        new("number", new ObjectShape("The number lies near the target's.",
        [
            RequiredPath,
            new("within", new NumberShape("Greatest distance, inclusive.", 0)),
            new("within_percent", new NumberShape("Greatest distance in percent of the target.", 0)),
        ], ["within", "within_percent"])),
        new("contains", new ObjectShape("The text holds another.",
        [
            Path,
            new("text", new TextShape("What it must hold; default the target's text at the same path.")),
            new("ignore_case", new FlagShape("Whether letters of either case are equal; default false.")),
        ])),
        new("regex", new ObjectShape("The text matches a pattern.",
        [
            Path,
            new("pattern", new TextShape("A regular expression of .NET without look-around and back-references: it is matched in linear time."), Required: true),
        ])),
        new("json_schema", new ObjectShape("The value fits a JSON Schema.",
        [
            Path,
            new("schema", AgentFileKeys.File("File of the schema."), Required: true),
        ])),
        new("json_path", new ObjectShape("A path leads to something, or to a given value.",
        [
            RequiredPath,
            new("equals", new AnyShape("The value that stands there.")),
            new("exists", new FlagShape("Whether anything stands there.")),
        ], ["equals", "exists"])),
        new("tool_calls", new ObjectShape("The agent called the right tools.",
        [
            new("expect", new AnyShape("A path of the target ($.tools), or a list of tool names and {name, arguments}."), Required: true),
            new("order", new WordShape("strict: these and no others, in this order (default); any: these and no others, in any order; subset: these at least, in any order.", ["strict", "any", "subset"])),
            new("arguments", new WordShape("exact: equal arguments (default); subset: those given are equal.", ["exact", "subset"])),
        ])),
        new("command", new ObjectShape("Any program: reads {input, target, output, trajectory} on stdin and writes {\"score\": 0..1, \"reason\": \"…\"}.",
        [
            new("run", new TextShape("Command line."), Required: true),
            PassMark,
        ])),
        new("evaluator", new ObjectShape("Any IEvaluator of Microsoft.Extensions.AI.Evaluation. It is your code, and runs in Kintsugi's own process.",
        [
            new("type", new TextShape("Namespace.Type, Assembly.", @"^[^\s,]+\s*,\s*[^\s,]+$", "'Namespace.Type, Assembly'"), Required: true),
            new("assembly", AgentFileKeys.File("File of the assembly, if Kintsugi does not bring it.")),
            new("metric", new TextShape("Which of its metrics counts; default its only one.")),
            new("pass", new NumberShape("Value of the metric from which on the answer passes; default what the evaluator itself says.", -1e9, 1e9)),
        ])),
        new("judge", new ObjectShape("A model judges by a rubric.",
        [
            new("rubric", AgentFileKeys.File("File of the rubric: what a good answer is, in words."), Required: true),
            new("pass", new NumberShape("Score from which on the answer passes; default 0.5.", 0, 1)),
            new("reference", new FlagShape("Whether the judge sees the sample's target: false never, true always (a sample without one is refused); default where there is one.")),
            new("against", new WordShape("target: is the answer at least as good as the target? Asked in both orders; a judge that prefers a place abstains.", ["target"])),
            new("panel", new ListShape("Models of different vendors that judge together, each `provider/model`, weighed by `kintsugi judge calibrate`; in place of models.roles.judge.",
                new TextShape("", "^[^/\\s]+/\\S{1,180}$", "`provider/model`"), Least: 2)),
        ])),
    ], ["exact", "number", "contains", "regex", "json_schema", "json_path", "tool_calls", "command", "evaluator", "judge"]);
}
