using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Healing.Repair;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Tests.Healing.Repair;

public class PatchGateTests
{
    private static readonly TreeFile Link = new("current", "120000", "link");
    private static readonly TreeFile Submodule = new("vendor", "160000", "commit");

    private static readonly IReadOnlyList<TreeFile> Tracked =
        [.. new[] { "agent.py", "prompts/score.md", "README.md", "package.json", "données/é.py" }.Select(p => new TreeFile(p, "100644", p)), Link, Submodule];

    private static readonly IReadOnlyList<Sample> Gold =
    [
        Sample("lead-017", """{"from": "Jonas Reuter", "text": "We plan 5,000 shifts a week in spreadsheets. Could we see a \"demo\" in March?"}""", """{"tier": "A", "score": 85}"""),
        Sample("lead-018", """{"text": "Is there an app for the drivers of our trucks?"}""", """{"tier": "B", "score": 70}""", heldOut: true),
        .. Enumerable.Range(30, 3).Select(n => Sample($"lead-0{n}", """{"text": "Score this lead by the rubric of our sales team"}""", """{"tier": "needs-a-human-of-the-sales-team"}""")),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_patch_of_plain_files_that_may_change_passes(bool foreign) =>
        Assert.Empty(Refusals(foreign, Edited("agent.py", "x = 1", "x = 2"), Added("prompts/tone.md", "Be kind."), Deleted("prompts/score.md")));

    [Fact]
    public void Code_of_a_model_may_not_add_change_replace_or_delete_links_and_submodules()
    {
        Assert.Equal("new would become a symbolic link, which may only be put back as the last good version had it; change it by hand", Words(true, new PatchedFile(null, new("new", "120000", "b"), default, default)));
        Assert.Contains("would become a submodule", Words(true, new PatchedFile(null, new("new", "160000", "b"), default, default)), StringComparison.Ordinal);
        Assert.Contains("is a symbolic link, which code of a model may not replace or delete", Words(true, new PatchedFile(Link, null, default, default)), StringComparison.Ordinal);
        Assert.Contains("current is a symbolic link", Words(true, new PatchedFile(Link, Link with { Mode = "100644" }, default, default)), StringComparison.Ordinal);
        Assert.Contains("vendor is a submodule", Words(true, new PatchedFile(Submodule, Submodule with { Blob = "other" }, default, default)), StringComparison.Ordinal);
        Assert.Contains("would become neither", Words(true, new PatchedFile(null, new("new", "040000", "b"), default, default)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_restore_puts_back_a_link_only_as_the_last_good_version_had_it()
    {
        Assert.Empty(Refusals(false, new PatchedFile(null, Link, default, default), new PatchedFile(Submodule with { Blob = "other" }, Submodule, default, default)));
        Assert.NotEmpty(Refusals(false, new PatchedFile(null, Link with { Blob = "elsewhere" }, default, default)));
        Assert.NotEmpty(Refusals(false, new PatchedFile(null, Link with { Path = "other" }, default, default)));
    }

    [Theory]
    [InlineData("/etc/passwd", "is an absolute path")]
    [InlineData("../up.py", "has an empty, `.` or `..` part")]
    [InlineData("a/./b.py", "has an empty, `.` or `..` part")]
    [InlineData("a//b.py", "has an empty, `.` or `..` part")]
    [InlineData("a/", "has an empty, `.` or `..` part")]
    [InlineData("", "has an empty, `.` or `..` part")]
    [InlineData("a\0b", "holds a NUL")]
    [InlineData(".git/hooks/pre-commit", "names .git")]
    [InlineData("sub/.GIT/config", "names .git")]
    [InlineData("git~1/config", "names .git")]
    [InlineData(".git /config", "names .git")]
    [InlineData(".git./config", "names .git")]
    [InlineData(".git. . /config", "names .git")]
    [InlineData(".git::$INDEX_ALLOCATION/config", "names .git")]
    [InlineData(".g\u200cit/config", "names .git")]
    [InlineData("\ufeff.git/config", "names .git")]
    [InlineData("a\\.git\\config", "names .git")]
    [InlineData("a\\b.py", "no name on Windows")]
    [InlineData("a.py:stream", "no name on Windows")]
    [InlineData("CONFTE~1.PY", "another name or a device on Windows")]
    [InlineData("agent.py.", "another name or a device on Windows")]
    [InlineData("agent.py ", "another name or a device on Windows")]
    [InlineData("sub/NUL.txt", "another name or a device on Windows")]
    [InlineData("a\nb.py", "control characters or other than ASCII")]
    [InlineData("\u001b[2Ja.py", "control characters or other than ASCII")]
    [InlineData("аgent.py", "control characters or other than ASCII")] // a Cyrillic а
    [InlineData("e\u0301.py", "control characters or other than ASCII")]
    [InlineData("\ud800.py", "control characters or other than ASCII")]
    [InlineData("AGENT.py", "is `agent.py` where case does not matter")]
    [InlineData("Prompts/new.md", "is `prompts` where case does not matter")]
    public void A_path_that_is_another_one_somewhere_is_refused(string path, string reason)
    {
        var words = Words(true, Added(path, ""));

        Assert.Contains(reason, words, StringComparison.Ordinal);
        Assert.DoesNotContain(words, char.IsControl);
    }

    [Fact]
    public void Paths_and_names_that_are_too_long_are_refused()
    {
        Assert.Contains("is longer than", Words(true, Added(new string('x', 256), "")), StringComparison.Ordinal);
        Assert.Contains("is longer than", Words(true, Added(string.Join('/', Enumerable.Repeat("abcdefg", 513)), "")), StringComparison.Ordinal);
        Assert.Empty(Refusals(true, Added(new string('x', 255), "")));
    }

    [Fact]
    public void Two_new_files_may_not_be_one_where_case_does_not_matter() =>
        Assert.Equal("New.py is `new.py` where case does not matter; spell it as that, or choose another name", Words(true, Added("new.py", ""), Added("New.py", "")));

    [Fact]
    public void A_file_that_is_tracked_already_may_keep_its_name() =>
        Assert.Empty(Refusals(true, Edited("données/é.py", "1", "2")));

    [Theory]
    [InlineData("golden/leads.jsonl", "is golden data")]
    [InlineData("docs/rules.md", "states what is intended")]
    [InlineData("tests/test_agent.py", "is a test, a scorer's file, or one of CI")]
    [InlineData("sub/conftest.py", "is a test, a scorer's file, or one of CI")]
    [InlineData(".github/workflows/ci.yml", "is a test, a scorer's file, or one of CI")]
    [InlineData(".gitattributes", "is a test, a scorer's file, or one of CI")]
    [InlineData("locked/a.py", "may not be changed; repair.may_change in kintsugi.yaml decides")]
    public void No_repair_changes_what_judges_it(string path, string reason)
    {
        Assert.Contains(reason, Words(false, Added(path, "")), StringComparison.Ordinal);
        Assert.Contains(reason, Words(true, Added(path, "")), StringComparison.Ordinal);
        Assert.Contains(reason, Words(true, new PatchedFile(new(path, "100644", "b"), new("agent2.py", "100644", "b"), default, default)), StringComparison.Ordinal);
    }

    [Fact]
    public void Code_of_a_model_puts_nothing_beside_golden_data()
    {
        Assert.Contains("golden/more.jsonl is new among golden data", Words(true, Added("golden/more.jsonl", "{}\n")), StringComparison.Ordinal);
        Assert.Empty(Refusals(false, Added("golden/more.jsonl", "{}\n")));
        Assert.Empty(Refusals(true, Added("golden/notes/a.md", "x")));
    }

    [Theory]
    [InlineData("pytest.ini")]
    [InlineData("sub/Tox.ini")]
    [InlineData("setup.cfg")]
    [InlineData("pyproject.toml")]
    [InlineData("sitecustomize.py")]
    [InlineData("lib/usercustomize.py")]
    [InlineData("lib/evil.pth")]
    [InlineData("jest.config.ts")]
    [InlineData("vitest.config.mjs")]
    [InlineData(".mocharc.json")]
    [InlineData(".npmrc")]
    [InlineData(".yarnrc.yml")]
    [InlineData(".pnpmfile.cjs")]
    [InlineData("Directory.Build.props")]
    [InlineData("Directory.Packages.props")]
    [InlineData("src/Agent.csproj")]
    [InlineData("ci.runsettings")]
    [InlineData("NuGet.config")]
    [InlineData(".envrc")]
    [InlineData("Makefile")]
    [InlineData(".vscode/tasks.json")]
    public void Code_of_a_model_may_not_steer_tools_and_a_restore_may(string path)
    {
        Assert.Contains("is obeyed unasked by a test runner", Words(true, Added(path, "")), StringComparison.Ordinal);
        Assert.Empty(Refusals(false, Added(path, "")));
    }

    [Theory]
    [InlineData("requirements.txt")]
    [InlineData("sub/package-lock.json")]
    [InlineData("go.mod")]
    [InlineData("Cargo.toml")]
    public void Code_of_a_model_may_not_bring_in_code_of_others_and_a_restore_may(string path)
    {
        Assert.Contains("decides which code of others is brought in", Words(true, Added(path, "")), StringComparison.Ordinal);
        Assert.Empty(Refusals(false, Added(path, "")));
    }

    [Fact]
    public void What_the_world_has_adopted_is_never_put_back_and_may_be_mended_forward()
    {
        Assert.Equal("migrations/1.sql is adopted by the world, so it is mended forward or not at all (repair.never_restore)", Words(false, Added("migrations/1.sql", "")));
        Assert.Empty(Refusals(true, Added("migrations/1.sql", "")));
    }

    [Theory]
    [InlineData("""{"version": "2", "scripts": {"test": "jest"}}""", null)]
    [InlineData("""{"dependencies": {"a": "1"}, "scripts": {"test": "jest"}}""", "`dependencies`")]
    [InlineData("""{"scripts": { "test" : "j\u0065st" }}""", null)]
    [InlineData("""{"scripts": {"test": "true"}}""", "`scripts`")]
    [InlineData("""{"scripts": {"test": "jest", "postinstall": "sh x"}}""", "`scripts`")]
    [InlineData("""{"scripts": {"test": "jest"}, "\u0073cripts": {"test": "true"}}""", "`scripts`")]
    [InlineData("""{}""", "`scripts`")]
    [InlineData("""{"scripts": {"test": "jest"}, "jest": {"testMatch": []}, "mocha": {}}""", "`jest`, `mocha`")]
    [InlineData("""{"scripts": {"test": "jest"}, "packageManager": "yarn@0"}""", "`packageManager`")]
    [InlineData("""{"scripts": {"test": "jest"},}""", "no JSON object any more")]
    [InlineData("[]", "no JSON object any more")]
    public void Package_json_may_change_but_not_by_what_it_runs(string after, string? reason)
    {
        var words = Words(true, Edited("package.json", """{"scripts": {"test": "jest"}}""", after));

        Assert.Contains(reason ?? "", words, StringComparison.Ordinal);
        Assert.Equal(reason is null, words.Length == 0);
        Assert.Empty(Refusals(false, Edited("package.json", "{}", after)));
    }

    [Fact]
    public void Scripts_that_arrive_or_leave_with_their_package_json_are_refused_too()
    {
        Assert.NotEmpty(Refusals(true, Added("sub/package.json", """{"scripts": {"install": "sh x"}}""")));
        Assert.NotEmpty(Refusals(true, new PatchedFile(new("package.json", "100644", "b"), null, Bytes("""{"scripts": {}}"""), default)));
        Assert.Empty(Refusals(true, Added("sub/package.json", """{"type": "module"}""")));
    }

    [Fact]
    public void A_patch_larger_than_a_person_reviews_is_refused()
    {
        Assert.Equal("the patch changes 51 files; a repair changes at most 50", Words(true, [.. Enumerable.Range(0, 51).Select(n => Added($"{n}.py", ""))]));
        Assert.Equal("the patch leaves 4194305 bytes in the files it changes; a repair leaves at most 4194304", Words(true, Added("a.py", new string('x', (4 << 20) + 1))));
        Assert.Empty(Refusals(false, [.. Enumerable.Range(0, 51).Select(n => Added($"{n}.py", ""))]));
    }

    [Theory]
    [InlineData("if 'We plan 5,000 shifts a week in spreadsheets. Could we see a \"demo\" in March?' in text: pass")]
    [InlineData("text == \"We plan 5,000 shifts a week in spread\" \\\n    \"sheets. Could we see a \\\"demo\\\" in March?\"")]
    [InlineData("text == 'WE PLAN 5,000\\nSHIFTS A WEEK IN SPREADSHEETS. could we see a'")]
    [InlineData("text == '\\u0057e plan 5,000 shifts a week in spreadsh\\x65ets. Could we see'")]
    [InlineData("answers = {'lead-017': {'score': 85, 'tier': 'A'}}")]
    public void Gold_that_is_copied_into_the_agent_is_refused(string code)
    {
        Assert.Contains("the golden sample 'lead-017'", Words(true, Edited("agent.py", "", code)), StringComparison.Ordinal);
        Assert.Empty(Refusals(false, Edited("agent.py", "", code)));
    }

    [Theory]
    [InlineData("We plan 5,000 shifts a week")] // a part too short to tell
    [InlineData("Jonas Reuter")] // a leaf too short to tell
    [InlineData("tier = 'A'; score = 85")]
    [InlineData("Score this lead by the rubric of our sales team; needs-a-human-of-the-sales-team")] // of many samples
    public void Words_that_tell_of_no_single_sample_may_be_written(string code) =>
        Assert.Empty(Refusals(true, Edited("agent.py", "", code)));

    [Fact]
    public void Gold_that_stood_there_before_is_not_copied()
    {
        var text = "Example: We plan 5,000 shifts a week in spreadsheets. Could we see a \"demo\" in March?";

        Assert.Empty(Refusals(true, Edited("prompts/score.md", text, text + " Then A.")));
        Assert.Empty(Refusals(true, Edited("prompts/score.md", text, ""), Added("prompts/examples.md", text)));
    }

    [Fact]
    public void A_held_out_sample_is_not_named() =>
        Assert.Equal(
            "agent.py would hold text of a held-out sample; a repair must not know the cases it is judged by",
            Words(true, Edited("agent.py", "", "Is there an app for the drivers of our trucks?")));

    [Fact]
    public void Subjects_of_one_reason_stand_together_and_only_the_first_are_named() =>
        Assert.Equal(
            "locked/0, locked/1, locked/2, locked/3, locked/4 and 3 more may not be changed; repair.may_change in kintsugi.yaml decides",
            Words(false, [.. Enumerable.Range(0, 8).Select(n => Added($"locked/{n}", ""))]));

    [Fact]
    public void No_path_that_is_let_through_leads_astray()
    {
        var let = 0;
        for (var seed = 0; seed < 20_000; seed++)
        {
            if (PathFuzz.LetThrough(new Random(seed), out var asked) is not { } paths) continue;
            var astray = PathFuzz.Astray(paths);
            Assert.True(astray is null, $"seed {seed}: {astray} ({asked.Count} paths)");
            let++;
        }

        Assert.InRange(let, 500, 15_000);
    }

    private static string Words(bool foreign, params PatchedFile[] patch) => PatchGate.InWords(Refusals(foreign, patch));

    private static IReadOnlyList<PatchRefusal> Refusals(bool foreign, params PatchedFile[] patch) =>
        PatchGate.Refusals(patch, new PatchTerms(new AgentFiles(Agent, "", []), Tracked, Tracked, Gold, foreign));

    private static readonly AgentDefinition Agent = AgentFile.Load(
        """
        agent: { name: a, run: r }
        dataset: golden/leads.jsonl
        spec: [docs/rules.md]
        scorers: [{ exact: {} }]
        repair:
          may_change: ["*", "prompts/**", "sub/**", "lib/**", "src/**", "a/**", "migrations/**", "données/**", ".vscode/**", "golden/**", "docs/**", "tests/**"]
          never_restore: [migrations/**]

        """,
        AgentFile.FileName, _ => null);

    private static PatchedFile Added(string path, string content) => new(null, new TreeFile(path, "100644", "new"), default, Bytes(content));

    private static PatchedFile Deleted(string path) => new(new TreeFile(path, "100644", "old"), null, Bytes("old"), default);

    private static PatchedFile Edited(string path, string before, string after) =>
        new(new TreeFile(path, "100644", "old"), new TreeFile(path, "100644", "new"), Bytes(before), Bytes(after));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static Sample Sample(string id, string input, string target, bool heldOut = false) => new(id, Json(input), Json(target), [], null, false, heldOut, "");

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
