using System.Text.RegularExpressions;

namespace Kintsugi.Bench.Patches;

/// <summary>Changes that mend a planted fault: put back, followed forward, said otherwise, and each of them in one of several hands.</summary>
internal static partial class RightPatches
{
    private static readonly string[] Prose = ["Be friendly.", "Stay factual and brief.", "Never invent what a lead did not say.", "Write the reason in English.", "Leave out greetings."];
    private static readonly string[] Names = ["total", "tally", "amount", "earned", "gained"];

    /// <returns>One of the forms, in one of the hands.</returns>
    public static PlantedPatch Draw(PlantedFault fault, Random random)
    {
        var forms = Forms(fault);
        var (form, files) = forms[random.Next(forms.Count)];
        var styled = files.ToDictionary(f => f.Key, f => f.Key.EndsWith(".json", StringComparison.Ordinal) ? f.Value : Styled(f.Value!, random));
        return new PlantedPatch(fault.Name, PlantedPatch.RightKind, form, styled);
    }

    /// <summary>Just one change that mends, for others to go with.</summary>
    public static Dictionary<string, string?> Mended(PlantedFault fault) => fault.Breaking.Select(b => b.Path).Distinct()
        .ToDictionary(path => path, path => (string?)PatchedAgent.Good(fault)[path]);

    private static List<(string Form, Dictionary<string, string?> Files)> Forms(PlantedFault fault)
    {
        List<(string Form, Dictionary<string, string?> Files)> forms = [("put back", Mended(fault))];
        switch (fault.Name)
        {
            case "data":
                Scoring("new name", PatchedAgent.Held, "limits()[\"large_company\"]");
                Scoring("new name, with a default", PatchedAgent.Held, "limits().get(\"large_company\", 10**9)");
                Scoring("either name", PatchedAgent.Held, "limits().get(\"large_company\", limits().get(\"large\", 10**9))");
                Scoring("renamed as it is read", "    return read(\"data/limits.json\")\n", "    values = read(\"data/limits.json\")\n    values[\"large\"] = values.pop(\"large_company\")\n    return values\n");
                Scoring("other comparison", "employees >= " + PatchedAgent.Held, "employees > limits()[\"large_company\"] - 1");
                Scoring("helper", "def size_points", "def floor_of(size):\n    return limits()[size]\n\n\ndef size_points", (PatchedAgent.Held, "floor_of(\"large_company\")"));
                Scoring("table", Between("    if employees", "    return 0\n", fault.Broken("scoring.py")),
                    "    steps = ((limits()[\"large_company\"], 30), (limits()[\"medium\"], 15))\n    return next((worth for floor, worth in steps if employees >= floor), 0)\n");
                break;
            case "code":
                Scoring("case folded", "title.split()", "title.casefold().split()");
                Scoring("word by word", "title.split()", "[word.lower() for word in title.split()]");
                Scoring("a set of words", "title.split()", "set(title.lower().split())");
                Scoring("by the caller", "title_points(lead[\"title\"])", "title_points(lead[\"title\"].lower())");
                Scoring("where it is compared", "any(word in words for word in SENIOR)", "any(word.lower() in SENIOR for word in words)", ("\"student\" in words", "\"student\" in [word.lower() for word in words]"));
                Scoring("helper", "def title_points", "def words_of(text):\n    return text.lower().split()\n\n\ndef title_points", ("title.split()", "words_of(title)"));
                break;
            case "tool":
                Scoring("new name", PatchedAgent.Channel, "def source_points(lead_channel=None, **others):\n", ("if channel ==", "if lead_channel =="));
                Scoring("either name", PatchedAgent.Channel, "def source_points(channel=None, lead_channel=None):\n", ("if channel == \"partner\"", "if \"partner\" in (channel, lead_channel)"));
                Scoring("any name", PatchedAgent.Channel, "def source_points(**asked):\n", ("if channel == \"partner\"", "if \"partner\" in asked.values()"));
                Scoring("by position", "source_points(**asked)", "source_points(*asked.values())");
                Scoring("helper", PatchedAgent.Channel, "def channel_of(asked):\n    return asked.get(\"lead_channel\") or asked.get(\"channel\")\n\n\ndef source_points(**asked):\n", ("if channel ==", "if channel_of(asked) =="));
                break;
            case "both":
                foreach (var (path, before, after) in fault.Breaking)
                    Add("one of the two", path, PatchedAgent.Replaced(fault.Broken(path), after, before));
                Add("case folded", "leads.py", PatchedAgent.Replaced(fault.Broken("leads.py"), "    return region\n", "    return region.strip().casefold()\n"));
                Add("where it is compared", "leads.py", PatchedAgent.Replaced(fault.Broken("leads.py"), "clean(region) in", "\"\".join(clean(region).split()).lower() in"));
                Scoring("by the caller", "lead[\"region\"]", "lead[\"region\"].strip().lower()");
                break;
            default:
                foreach (var line in new[]
                {
                    PatchedAgent.SeniorLine,
                    "- If `title` mentions one of: chief, head, vp, add 20 points.\n",
                    "- Give 20 points when `title` mentions one of: vp, chief or head.\n",
                    "- Award 20 points when `title` contains one of: chief, head, vp.\n",
                    "- Add 20 points when `title` mentions one of: head, vp, chief; they decide.\n",
                })
                {
                    foreach (var before in new[] { "- Subtract 10", "- Add 10", "- Add 15 points when `source`", "- Add 30" })
                        Add("said anew", "prompts/score.md", PatchedAgent.Replaced(fault.Broken("prompts/score.md"), before, line + before));
                }
                break;
        }
        return forms;

        void Add(string form, string path, string text) => forms.Add((form, new Dictionary<string, string?> { [path] = text }));

        void Scoring(string form, string before, string after, params (string Before, string After)[] more) => Add(
            form, "scoring.py", more.Aggregate(PatchedAgent.Replaced(fault.Broken("scoring.py"), before, after), (text, m) => PatchedAgent.Replaced(text, m.Before, m.After)));
    }

    private static string Between(string from, string to, string text)
    {
        var start = text.IndexOf(from, StringComparison.Ordinal);
        return text[start..(text.IndexOf(to, start, StringComparison.Ordinal) + to.Length)];
    }

    /// <summary>The same in another hand.</summary>
    public static string Styled(string text, Random random)
    {
        if (!text.Contains("def ", StringComparison.Ordinal))
            return random.Next(2) == 0 ? text : text.Replace("\nAnswer with", $"\n{Prose[random.Next(Prose.Length)]}\n\nAnswer with", StringComparison.Ordinal);
        return random.Next(6) switch
        {
            0 => Total().Replace(text, Names[random.Next(Names.Length)]),
            1 => Definition().Replace(text, "$0\n    \"\"\"Part of what a lead is worth.\"\"\""),
            2 => Shuffled(text, random),
            3 => text.Replace("    tier = \"A\" if points >= 80 else \"B\" if points >= 50 else \"C\"\n    return {\"score\": points, \"tier\": tier}\n", "    return {\"score\": points, \"tier\": tier_of(points)}\n\n\ndef tier_of(points):\n    if points >= 80:\n        return \"A\"\n    return \"B\" if points >= 50 else \"C\"\n", StringComparison.Ordinal),
            4 => text.Replace("    return ", "    # What it comes to.\n    return ", StringComparison.Ordinal),
            _ => text,
        };
    }

    private static string Shuffled(string text, Random random)
    {
        var blocks = text.TrimEnd('\n').Split("\n\n\n");
        var functions = blocks.Where(b => b.StartsWith("def ", StringComparison.Ordinal)).ToArray();
        random.Shuffle(functions);
        return string.Join("\n\n\n", blocks.Where(b => !b.StartsWith("def ", StringComparison.Ordinal)).Concat(functions)) + "\n";
    }

    [GeneratedRegex(@"\bpoints\b")]
    private static partial Regex Total();

    [GeneratedRegex(@"^def .*:$", RegexOptions.Multiline)]
    private static partial Regex Definition();
}
