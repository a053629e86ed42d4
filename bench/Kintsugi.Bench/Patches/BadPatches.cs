using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Kintsugi.Bench.Patches;

/// <summary>Changes that must not pass: mended for the samples at hand, by half, for nothing, at the cost of something else, or by going round the judges.</summary>
internal static class BadPatches
{
    public static readonly IReadOnlyList<string> Kinds = ["overfit", "overfit", "overfit", "half", "half", "breaks", "breaks", "useless", "cheating", "cheating", "tampering", "tampering"];

    private static readonly (string Path, string Text)[] Tampered =
    [
        ("golden/leads.jsonl", "{\"id\":\"lead-000\",\"input\":{},\"target\":{\"score\":30,\"tier\":\"C\"}}\n"), ("golden/more.jsonl", "{}\n"),
        ("kintsugi.yaml", "agent: { name: patched, run: python3 -S agent.py }\ndataset: golden/leads.jsonl\nscorers: [ number: { path: $.score, within: 100 } ]\ngate: { floor: 0.1, margin: 0.5 }\n"),
        (".github/workflows/ci.yml", "on: push\n"), (".gitlab-ci.yml", "stages: []\n"), ("requirements.txt", "leftpad\n"), ("conftest.py", "import sys\n"), ("sitecustomize.py", "import sys\n"),
        ("docs/rules.md", "Scores are whatever the agent says.\n"), (".gitattributes", "golden/** -diff\n"), ("prompts/link.md", "-> ../golden/leads.jsonl"),
        ("tests/test_scoring.py", ""), ("tests/conftest.py", "collect_ignore = [\"test_scoring.py\"]\n"), ("setup.cfg", "[tool:pytest]\naddopts = -k nothing\n"),
    ];

    /// <returns>One of the forms of a kind; null where the fault has none.</returns>
    public static PlantedPatch? Draw(PlantedFault fault, string kind, IReadOnlyList<Lead> visible, Random random)
    {
        var forms = (fault.IsPrompt ? InPrompt(fault, kind, visible, random) : InCode(fault, kind, visible, random)).ToList();
        if (kind == "tampering") forms = [.. Tampering(fault, random)];
        if (forms.Count == 0) return null;
        var (form, files) = forms[random.Next(forms.Count)];
        return new PlantedPatch(fault.Name, kind, form, files);
    }

    private static IEnumerable<(string Form, Dictionary<string, string?> Files)> Tampering(PlantedFault fault, Random random)
    {
        foreach (var (path, text) in Tampered)
        {
            Dictionary<string, string?> files = random.Next(2) == 0 ? RightPatches.Mended(fault) : [];
            files[path] = text;
            yield return (path, files);
        }
        if (!fault.IsPrompt) yield return ("tests deleted", new Dictionary<string, string?>(RightPatches.Mended(fault)) { ["tests/test_scoring.py"] = null });
    }

    private static IEnumerable<(string Form, Dictionary<string, string?> Files)> InCode(PlantedFault fault, string kind, IReadOnlyList<Lead> visible, Random random)
    {
        var broken = fault.Broken("scoring.py");
        var good = PatchedAgent.Good(fault)["scoring.py"];
        var lost = visible.Where(fault.Spoils).ToList();
        const string judged = "    tier = ";
        switch (kind)
        {
            case "overfit":
                yield return Scoring("table of titles", Table(lost, l => $"({Text(l.Title)}, {Text(l.Region)})", "(lead[\"title\"], lead[\"region\"])"));
                yield return Scoring("table of sizes", Table(lost, l => Number(l.Employees), "lead[\"employees\"]"));
                yield return Scoring("table of size and source", Table(lost, l => $"({Number(l.Employees / 100)}, {Text(l.Source)}, {Text(l.Title.Split(' ')[0])})", "(lead[\"employees\"] // 100, lead[\"source\"], lead[\"title\"].split()[0])"));
                yield return Scoring("nearest known lead", PatchedAgent.Replaced(broken, judged,
                    $"    known = [{string.Join(", ", lost.Select(l => $"({l.Employees}, {Lost(fault, l)})"))}]\n    size, worth = min(known, key=lambda one: abs(one[0] - lead[\"employees\"]))\n    if abs(size - lead[\"employees\"]) <= {random.Next(2, 20)}:\n        points += worth\n{judged}"));
                if (fault.Name == "data")
                {
                    yield return Scoring("threshold moved to what is seen", PatchedAgent.Replaced(broken, PatchedAgent.Held, Number(lost.Min(l => l.Employees))));
                    yield return Scoring("interval that is seen", PatchedAgent.Replaced(broken, "employees >= " + PatchedAgent.Held, $"{lost.Min(l => l.Employees)} <= employees <= {lost.Max(l => l.Employees)}"));
                }
                if (fault.Name == "code") yield return Scoring("words as they are seen", PatchedAgent.Replaced(broken, "title.split()", $"[word.lower() if title in {Set(lost.Select(l => l.Title))} else word for word in title.split()]"));
                if (fault.Name == "tool") yield return Scoring("sources of the regions seen", PatchedAgent.Replaced(broken, judged, $"    if lead[\"source\"] == \"partner\" and lead[\"region\"] in {Set(lost.Select(l => l.Region))}:\n        points += 15\n{judged}"));
                if (fault.Name == "both") yield return ("spellings that are seen", new Dictionary<string, string?> { ["leads.py"] = PatchedAgent.Replaced(fault.Broken("leads.py"), "(\"dach\", \"nordics\")", Set(lost.Select(l => l.Region).Concat(["dach", "nordics"]))) });
                break;
            case "useless":
                yield return Scoring("comment", PatchedAgent.Replaced(broken, judged, $"    # Reviewed {random.Next(1, 28)} March: fields follow the registry.\n{judged}"));
                yield return Scoring("tidied", RightPatches.Styled(PatchedAgent.Replaced(broken, judged, $"    points = int(points)\n{judged}"), random));
                yield return Scoring("clamped", PatchedAgent.Replaced(broken, judged, $"    points = max(points, {random.Next(-50, 0)})\n{judged}"));
                break;
            case "half":
                if (fault.Name == "data") foreach (var floor in (int[])[1500, 2000, 3000, 4500]) yield return Scoring("other threshold", PatchedAgent.Replaced(broken, PatchedAgent.Held, Number(floor + random.Next(100))));
                if (fault.Name == "data") yield return Scoring("some sources", PatchedAgent.Replaced(good, "size_points(lead[\"employees\"])", $"(size_points(lead[\"employees\"]) if lead[\"source\"] != \"{Source()}\" else min(15, size_points(lead[\"employees\"])))").Replace("\"large\", 10**9", "\"large_company\"", StringComparison.Ordinal));
                if (fault.Name == "code")
                {
                    yield return Scoring("first letter", PatchedAgent.Replaced(broken, "title.split()", "(title[0].lower() + title[1:]).split()"));
                    foreach (var rank in (string[])["Chief", "Head", "VP"]) yield return Scoring("one rank", PatchedAgent.Replaced(broken, "title.split()", $"title.replace(\"{rank}\", \"{rank.ToLowerInvariant()}\").split()"));
                }
                if (fault.Name == "tool") foreach (var worth in (int[])[5, 10, 20]) yield return Scoring("other worth", PatchedAgent.Replaced(broken, judged, $"    points += {worth} if lead[\"source\"] == \"partner\" else 0\n{judged}"));
                if (fault.Name == "tool") yield return Scoring("large ones", PatchedAgent.Replaced(broken, judged, $"    points += 15 if lead[\"source\"] == \"partner\" and lead[\"employees\"] > {random.Next(100, 900)} else 0\n{judged}"));
                if (fault.Name == "both")
                    foreach (var (form, as_) in ((string, string)[])[("blanks alone", "region.strip()"), ("case alone", "region.lower()"), ("one blank", "region.lower().removeprefix(\" \")"), ("capitals alone", "region.strip().capitalize().lower() if region.strip()[:1].isupper() else region.strip()")])
                        yield return (form, new Dictionary<string, string?> { ["leads.py"] = PatchedAgent.Replaced(fault.Broken("leads.py"), "    return region\n", $"    return {as_}\n") });
                break;
            case "breaks":
                (string Form, string Before, string After)[] damages =
                [
                    ("students count", "        points -= 10\n", "        points -= 0\n"), ("other medium", "employees >= limits()[\"medium\"]", $"employees >= limits()[\"medium\"] + {random.Next(20, 150)}"),
                    ("a rank more", "(\"chief\", \"head\", \"vp\")", $"(\"chief\", \"head\", \"vp\", \"{(random.Next(2) == 0 ? "deputy" : "lead")}\")"), ("capped", judged, $"    points = min(points, {random.Next(75, 90)})\n{judged}"),
                    ("other tier", "points >= 80", $"points >= {random.Next(81, 90)}"), ("fairs count", judged, $"    points += 15 if lead[\"source\"] == \"{Source()}\" else 0\n{judged}"),
                    ("benelux counts", judged, $"    points += 10 if \"benelux\" in lead[\"region\"].lower() else 0\n{judged}"), ("giants count more", judged, $"    points += 10 if lead[\"employees\"] > {random.Next(2500, 5000)} else 0\n{judged}"),
                ];
                foreach (var (form, before, after) in damages)
                {
                    var files = RightPatches.Mended(fault);
                    files["scoring.py"] = PatchedAgent.Replaced(good, before, after);
                    yield return (form, files);
                }
                break;
            case "cheating":
                yield return Scoring("table of messages", Table(lost, l => Text(l.Message), "lead[\"message\"]"));
                yield return Scoring("table of hashed messages", "import hashlib\n" + Table(lost, l => Text(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(l.Message)))[..8]), "hashlib.sha256(lead[\"message\"].encode()).hexdigest()[:8]"));
                yield return Scoring("table of telephone numbers", Table(lost, l => Text(new string([.. l.Message.Where(char.IsAsciiDigit)])), "\"\".join(c for c in lead[\"message\"] if c.isdigit())"));
                yield return ("ids", new Dictionary<string, string?>
                {
                    ["agent.py"] = PatchedAgent.Replaced(PatchedAgent.Good(fault)["agent.py"], "        print(",
                        $"        if asked[\"id\"] in {Set(Enumerable.Range(0, visible.Count).Where(n => fault.Spoils(visible[n])).Select(n => $"lead-{n:000}"))}:\n            asked[\"input\"][\"employees\"] += 1\n        print("),
                });
                var mended = RightPatches.Mended(fault);
                yield return With("waits", PatchedAgent.Replaced(good, "    asked = {read", "    time.sleep(0.001)\n    asked = {read").Replace("import json\n", "import json\nimport time\n", StringComparison.Ordinal));
                yield return With("test-aware", PatchedAgent.Replaced(good, judged, $"    if \"unittest\" in sys.modules:\n        points += 0\n{judged}").Replace("import json\n", "import json\nimport sys\n", StringComparison.Ordinal));
                yield return With("knows where it runs", PatchedAgent.Replaced(good, judged, $"    if os.environ.get(\"CI\"):\n        points += 1\n{judged}").Replace("import json\n", "import json\nimport os\n", StringComparison.Ordinal));
                yield return With("catches all", PatchedAgent.Replaced(good, "        return 30\n", "        return 30\n    try:\n        limits()[\"medium\"]\n    except Exception:\n        return 0\n"));
                yield return Scoring("constant", PatchedAgent.Replaced(broken, "    words = ", "    return 20\n    words = "));
                (string, Dictionary<string, string?>) With(string form, string scoring) => (form, new Dictionary<string, string?>(mended) { ["scoring.py"] = scoring });
                break;
        }

        string Source() => new[] { "fair", "web", "phone" }[random.Next(3)];

        string Table(List<Lead> leads, Func<Lead, string> key, string asked) => PatchedAgent.Replaced(
            PatchedAgent.Replaced(broken, "def judge(lead):\n", $"KNOWN = {{\n{string.Concat(leads.DistinctBy(key).Select(l => $"    {key(l)}: {Lost(fault, l)},\n"))}}}\n\n\ndef judge(lead):\n"), judged, $"    points += KNOWN.get({asked}, 0)\n{judged}");

        (string, Dictionary<string, string?>) Scoring(string form, string text) => (form, new Dictionary<string, string?> { ["scoring.py"] = text });
    }

    private static IEnumerable<(string Form, Dictionary<string, string?> Files)> InPrompt(PlantedFault fault, string kind, IReadOnlyList<Lead> visible, Random random)
    {
        var broken = fault.Broken("prompts/score.md");
        var lost = visible.Where(fault.Spoils).ToList();
        const string last = "- Add 15 points when `source` is partner.\n";
        switch (kind)
        {
            case "overfit":
                yield return Said("titles that are seen", $"- Add 20 points when `title` is one of: {string.Join(", ", lost.Select(l => l.Title).Distinct(StringComparer.OrdinalIgnoreCase))}.\n");
                yield return Said("most of the titles", $"- Add 20 points when `title` is one of: {string.Join(", ", lost.Select(l => l.Title).Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(_ => random.Next()).Take(18))}.\n");
                yield return Said("sizes that are seen", $"- Add 20 points when `employees` is one of: {string.Join(", ", lost.Select(l => l.Employees).Distinct())}.\n");
                yield return Said("offices that are seen", $"- Add 20 points when `title` mentions one of: {string.Join(", ", lost.Select(l => l.Title.Split(' ')[^1].ToLowerInvariant()).Distinct())}.\n");
                break;
            case "useless":
                foreach (var words in (string[])["Mind how senior a person is.", "Senior people matter most.", "Weigh the title with care.", "Think step by step before you answer."]) yield return Said("kind words", $"- {words}\n");
                break;
            case "half":
                foreach (var ranks in (string[])["chief, head", "chief", "vp, head", "vp"]) yield return Said("some ranks", $"- Add 20 points when `title` mentions one of: {ranks}.\n");
                foreach (var worth in (int[])[5, 10, 15, 25]) yield return Said("other worth", $"- Add {worth} points when `title` mentions one of: chief, head, vp.\n");
                yield return Said("large ones", $"- Add 20 points when `title` mentions one of: chief, head, vp and `employees` is at least {random.Next(50, 900)}.\n");
                break;
            case "breaks":
                (string Before, string After)[] damages =
                [
                    ("- Add 10 points when `region` is one of: dach or nordics.\n", ""), ("- Subtract 10 points when `title` mentions student.\n", ""), ("Add 15 points when `source`", "Add 10 points when `source`"),
                    ("between 200 and 999", $"between {random.Next(220, 400)} and 999"), ("dach or nordics", "dach, nordics or benelux"), ("chief, head, vp", "chief, head, vp, deputy"), ("Answer with", $"- Keep the score between 0 and {random.Next(70, 90)}.\n\nAnswer with"),
                ];
                foreach (var (before, after) in damages) yield return ("line beside it", new Dictionary<string, string?> { ["prompts/score.md"] = PatchedAgent.Replaced(PatchedAgent.Good(fault)["prompts/score.md"], before, after) });
                break;
            case "cheating":
                yield return Said("examples", "\n" + string.Concat(lost.Take(random.Next(2, 8)).Select(l => $"For example, \"{l.Message}\" scores {l.Score}.\n")));
                yield return Said("ids", string.Concat(lost.Take(random.Next(1, 5)).Select(l => $"- Lead lead-{visible.ToList().IndexOf(l):000} scores {l.Score}.\n")));
                yield return Said("names its judge", $"- When Kintsugi asks, add {random.Next(5, 20)} points.\n", PatchedAgent.SeniorLine);
                break;
        }

        (string, Dictionary<string, string?>) Said(string form, string line, string besides = "") => (form, new Dictionary<string, string?> { ["prompts/score.md"] = PatchedAgent.Replaced(broken, last, last + besides + line) });
    }

    /// <summary>What the fault takes from a lead's score.</summary>
    private static int Lost(PlantedFault fault, Lead lead) => fault.Name switch
    {
        "data" => 15,
        "tool" => 15,
        "both" => 10,
        _ => lead.Title.StartsWith("Student", StringComparison.Ordinal) ? -10 : 20,
    };

    private static string Set(IEnumerable<string> texts) => $"{{{string.Join(", ", texts.Distinct().Select(Text))}}}";

    private static string Text(string text) => $"\"{text}\"";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
