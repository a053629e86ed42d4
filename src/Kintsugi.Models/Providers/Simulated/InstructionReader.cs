using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>Reads a prompt written in the controlled English of docs/simulated-provider.md. What it does not understand it leaves out.</summary>
internal static partial class InstructionReader
{
    private const int MaxSentences = 2_000;
    private const int MaxSentenceLength = 4_000;

    public static Instructions Read(string prompt)
    {
        var draft = new Draft();
        foreach (var sentence in Sentences(prompt).Take(MaxSentences)) draft.Read(sentence);
        return draft.Finish();
    }

    /// <summary>List items and paragraphs, wrapped lines joined, cut into sentences.</summary>
    private static IEnumerable<string> Sentences(string prompt)
    {
        var block = new StringBuilder();
        foreach (var line in prompt.Split('\n'))
        {
            var text = line.Trim();
            var item = Item().Match(text);
            if ((text.Length == 0 || text[0] == '#' || item.Success) && block.Length > 0)
            {
                foreach (var sentence in Cut(block.ToString())) yield return sentence;
                block.Clear();
            }
            if (text.Length == 0 || text[0] == '#') continue;
            if (block.Length > 0) block.Append(' ');
            if (block.Length < MaxSentenceLength) block.Append(item.Success ? text[item.Length..] : text);
        }
        foreach (var sentence in Cut(block.ToString())) yield return sentence;
    }

    private static IEnumerable<string> Cut(string block) =>
        SentenceEnd().Split(block.Replace("**", "", StringComparison.Ordinal)).Select(s => s.Trim()).Where(s => s.Length is > 0 and <= MaxSentenceLength);

    private sealed class Draft
    {
        private readonly List<ToolInstruction> _tools = [];
        private readonly List<Rule> _rules = [];
        private readonly List<string> _fields = [];
        private double _start;
        private double _low = double.NegativeInfinity;
        private double _high = double.PositiveInfinity;
        private bool _wantsJson;
        private bool _listsFields;

        public void Read(string sentence)
        {
            var text = sentence.TrimEnd('.', '!', ' ');
            if (_listsFields && ListedField().Match(text) is { Success: true } listed)
            {
                Ask(listed.Groups["field"].Value);
                return;
            }
            _listsFields = false;
            if (ReadTool(text) || ReadPoints(text) || ReadScore(text) || ReadLabel(text)) return;
            ReadAnswer(text);
        }

        public Instructions Finish() => new(_tools, _rules, _start, _low, _high, _fields, _wantsJson);

        private bool ReadTool(string text)
        {
            var match = Call().Match(text);
            if (!match.Success) return false;
            Condition? when = null;
            if (match.Groups["when"].Success && (when = ConditionReader.Read(match.Groups["when"].Value)) is null) return true;
            _tools.Add(new ToolInstruction(match.Groups["tool"].Value, [.. Quoted().Matches(match.Groups["with"].Value).Select(m => m.Groups[1].Value)], when));
            return true;
        }

        private bool ReadPoints(string text)
        {
            var match = Points().Match(text);
            if (!match.Success) match = PointsAfter().Match(text);
            if (!match.Success) return false;
            if (ConditionReader.Read(match.Groups["when"].Value) is not { } when) return true;
            var adds = match.Groups["verb"].Value.ToUpperInvariant() is "ADD" or "GIVE" or "AWARD";
            var points = Number(match.Groups["n"]);
            _rules.Add(new PointsRule(adds ? points : -points, when, text));
            return true;
        }

        private bool ReadScore(string text)
        {
            if (Start().Match(text) is { Success: true } start) _start = Number(start.Groups["n"]);
            else if (Bounds().Match(text) is { Success: true } bounds) (_low, _high) = (Number(bounds.Groups["low"]), Number(bounds.Groups["high"]));
            else if (SetScore().Match(text) is { Success: true } set)
            {
                if (ConditionReader.Read(set.Groups["when"].Value) is { } when) _rules.Add(new ScoreRule(Number(set.Groups["n"]), when, text));
            }
            else return false;
            return true;
        }

        private bool ReadLabel(string text)
        {
            var match = Label().Match(text);
            if (!match.Success) return false;
            Condition? when = null;
            if (match.Groups["when"].Success && (when = ConditionReader.Read(match.Groups["when"].Value)) is null) return true;
            _rules.Add(new LabelRule(match.Groups["field"].Value, match.Groups["value"].Value, when, text));
            return true;
        }

        private void ReadAnswer(string text)
        {
            if (!Answer().IsMatch(text)) return;
            _wantsJson = true;
            foreach (Match field in Quoted().Matches(text)) Ask(field.Groups[1].Value);
            _listsFields = text.EndsWith(':');
        }

        private void Ask(string field)
        {
            if (!_fields.Contains(field)) _fields.Add(field);
        }

        private static double Number(Group group) => double.Parse(group.Value, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline;

    [GeneratedRegex(@"^(?:[-*+]|\d{1,3}[.)])\s+", Options)]
    private static partial Regex Item();

    [GeneratedRegex(@"(?<=[.!?])\s+(?=\p{Lu})", RegexOptions.CultureInvariant)]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"^(?:first |then |next |always )?call `(?<tool>[\w.-]+)`(?: with (?<with>(?:(?! when | if ).)*))?(?: (?:when|if) (?<when>.+))?$", Options)]
    private static partial Regex Call();

    [GeneratedRegex(@"^(?<verb>add|give|award|subtract|deduct|remove|take off) (?<n>\d{1,6}(?:\.\d{1,6})?) points? (?:when|if) (?<when>.+)$", Options)]
    private static partial Regex Points();

    [GeneratedRegex(@"^(?:when|if) (?<when>.+), (?<verb>add|give|award|subtract|deduct|remove|take off) (?<n>\d{1,6}(?:\.\d{1,6})?) points?$", Options)]
    private static partial Regex PointsAfter();

    [GeneratedRegex(@"^start (?:at|with|from) (?<n>\d{1,6}(?:\.\d{1,6})?)(?: points?)?$", Options)]
    private static partial Regex Start();

    [GeneratedRegex(@"^keep the score between (?<low>-?\d{1,6}) and (?<high>-?\d{1,6})$", Options)]
    private static partial Regex Bounds();

    [GeneratedRegex(@"^set the score to (?<n>\d{1,6}(?:\.\d{1,6})?) (?:when|if) (?<when>.+)$", Options)]
    private static partial Regex SetScore();

    [GeneratedRegex(@"^(?:otherwise,? )?set `(?<field>[\w.]+)` to `(?<value>[^`]+)`(?: (?:when|if) (?<when>.+))?$", Options)]
    private static partial Regex Label();

    [GeneratedRegex(@"^(?:answer|reply|respond)\b[^.]*\bJSON\b", Options)]
    private static partial Regex Answer();

    [GeneratedRegex(@"^`(?<field>[\w.]+)`\s*[:,]", Options)]
    private static partial Regex ListedField();

    [GeneratedRegex(@"`([\w.]+)`", Options)]
    private static partial Regex Quoted();
}
