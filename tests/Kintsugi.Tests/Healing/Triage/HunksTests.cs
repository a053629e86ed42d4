using System.Text;
using CsCheck;
using Kintsugi.Healing.Triage;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Tests.Healing.Triage;

public class HunksTests
{
    [Fact]
    public void Changes_with_an_unchanged_line_between_are_hunks_of_their_own()
    {
        var hunks = Hunks.Of([Change("a.py", "one\ntwo\nthree\n", "ONE = 1\ntwo\n3\n")]);

        Assert.Equal(["@@ -1,1 +1,1 @@", "@@ -3,1 +3,1 @@"], hunks.Select(h => h.Header));
        Assert.Equal(["one"], hunks[0].Removed);
        Assert.Equal(["3"], hunks[1].Added);
    }

    [Fact]
    public void Edited_neighbours_that_resemble_their_old_lines_can_be_put_back_one_by_one()
    {
        var changes = new[] { Change("a.py", "if size > 100:\n    tier = 'A'\n", "if size >= 100:\n    tier = 'B'\n") };
        var hunks = Hunks.Of(changes);

        var edit = Assert.Single(Composition.Without(changes, hunks, new HashSet<int> { 0 })!);

        Assert.Equal(2, hunks.Count);
        Assert.Equal("if size > 100:\n    tier = 'B'\n", Text(edit));
    }

    [Fact]
    public void Neighbouring_lines_of_one_rename_stay_together()
    {
        var hunks = Hunks.Of([Change("tool.json",
            "\"required\": [\"domain\"],\n\"properties\": { \"domain\": { \"type\": \"string\" } },\n\"strict\": true\n",
            "\"required\": [\"company_domain\"],\n\"properties\": { \"company_domain\": { \"type\": \"string\" } },\n\"strict\": false\n")]);

        Assert.Equal(["@@ -1,2 +1,2 @@", "@@ -3,1 +3,1 @@"], hunks.Select(h => h.Header));
    }

    [Fact]
    public void A_rename_is_seen_beside_words_that_its_parts_also_stand_in()
    {
        var hunks = Hunks.Of([Change("tool.json",
            "\"required\": [\"domain\"],\n\"properties\": { \"domain\": { \"description\": \"The company's domain.\" } }\n",
            "\"required\": [\"company_domain\"],\n\"properties\": { \"company_domain\": { \"description\": \"Domain of the company.\" } }\n")]);

        Assert.Equal(["@@ -1,2 +1,2 @@"], hunks.Select(h => h.Header));
    }

    [Fact]
    public void Lines_of_a_prompt_that_were_lost_together_are_single_deletions()
    {
        var changes = new[] { Change("p.md", "# Rubric\n- Size counts twice.\n- Spam is tier D.\nEnd\n", "# Rubric\nEnd\n") };

        var edit = Assert.Single(Composition.Without(changes, Hunks.Of(changes), new HashSet<int> { 1 })!);

        Assert.Equal("# Rubric\n- Spam is tier D.\nEnd\n", Text(edit));
    }

    [Fact]
    public void Sentences_of_one_line_can_be_put_back_one_by_one()
    {
        var changes = new[] { Change("p.md", "Be exact. Refuse students, e.g. Bachelors. Never guess.\n", "Be very exact. Never guess.\n") };
        var hunks = Hunks.Of(changes);

        var edit = Assert.Single(Composition.Without(changes, hunks, new HashSet<int> { 1 })!);

        Assert.Equal(["@@ -1,1 +1,1 @@ clause 1", "@@ -1,1 +1,0 @@ clause 2"], hunks.Select(h => h.Header));
        Assert.Equal(["Refuse students, e.g. Bachelors. "], hunks[1].Removed);
        Assert.Equal("Be very exact. Refuse students, e.g. Bachelors. Never guess.\n", Text(edit));
    }

    [Fact]
    public void A_sentence_lost_from_a_paragraph_that_was_wrapped_anew_comes_back_alone()
    {
        var changes = new[] { Change("p.md", "You score leads for a team, so be\nexact. Refuse students. What a tool\nsays counts.\n", "You score leads for a team, so\nbe exact. What a tool says counts.\n") };
        var hunks = Hunks.Of(changes);
        var lost = hunks.Single(h => h.NewCount == 0);

        Assert.Equal("You score leads for a team, so\nbe exact. Refuse students. What a tool says counts.\n", Text(Assert.Single(Composition.Without(changes, hunks, new HashSet<int> { lost.Index })!)));
        Assert.Equal(["Refuse students. "], lost.Removed);
    }

    [Fact]
    public void What_follows_a_last_line_without_an_end_does_not_run_into_it()
    {
        var changes = new[] { Change("p.md", "Be exact. Never guess.", "Be exact.") };
        var hunks = Hunks.Of(changes);

        Assert.Equal("Be exact.\nNever guess.", Text(Assert.Single(Composition.Without(changes, hunks, new HashSet<int> { hunks.Single(h => h.NewCount == 0).Index })!)));
    }

    [Fact]
    public void A_rule_with_a_semicolon_is_one() =>
        Assert.Equal(["- Subtract 20 points for students; they do not buy."], Assert.Single(Hunks.Of([Change("p.md", "Begin.\n", "Begin.\n- Subtract 20 points for students; they do not buy.\n")])).Added);

    [Fact]
    public void Sentences_of_code_and_of_records_are_not_taken_apart() =>
        Assert.Equal([0, 0], Hunks.Of([Change("a.py", "x = 'One. Two.'\n", "x = 'One.'\n"), Change("a.csv", "One. Two.\n", "One.\n")]).Select(h => h.Clause));

    [Fact]
    public void A_rewritten_block_of_code_stays_whole() =>
        Assert.Single(Hunks.Of([Change("a.py", "a = f(x)\nreturn a\n", "for y in z:\n    yield 7\n    continue\n")]));

    [Fact]
    public void A_rename_a_mode_and_the_edits_inside_compose()
    {
        var changes = new[] { new FileChange(Side("old.py", "x\r\ny\r\n"), Side("new.py", "x\r\nz\r\n") with { Mode = "100755" }) };
        var hunks = Hunks.Of(changes);

        var edits = Composition.Without(changes, hunks, new HashSet<int> { hunks.Single(h => h.Kind == HunkKind.Rename).Index })!;

        Assert.Equal([HunkKind.Rename, HunkKind.Mode, HunkKind.Lines], hunks.Select(h => h.Kind));
        Assert.Equal(["new.py", "old.py"], edits.Select(e => e.Path));
        Assert.Null(edits[0].Content);
        Assert.Equal(("100755", "x\r\nz\r\n"), (edits[1].Mode, Text(edits[1])));
    }

    [Fact]
    public void Two_files_that_would_claim_one_path_cannot_stand()
    {
        var changes = new[] { new FileChange(Side("a", "moved\n"), Side("b", "moved\n")), new FileChange(null, Side("a", "new\n")) };
        var hunks = Hunks.Of(changes);

        Assert.Null(Composition.Without(changes, hunks, new HashSet<int> { 0 }));
        Assert.NotNull(Composition.Without(changes, hunks, new HashSet<int> { 0, 1 }));
    }

    [Fact]
    public void Binary_content_is_taken_as_a_whole()
    {
        var changes = new[] { Change("logo.png", "a\0b\nc\n", "a\0x\nc\ny\n") };

        var hunk = Assert.Single(Hunks.Of(changes));
        Assert.Equal(HunkKind.Binary, hunk.Kind);
        Assert.StartsWith("6 bytes, sha256 ", Assert.Single(hunk.Removed), StringComparison.Ordinal);
        Assert.StartsWith("8 bytes, sha256 ", Assert.Single(hunk.Added), StringComparison.Ordinal);
        Assert.Equal("a\0b\nc\n", Text(Assert.Single(Composition.Without(changes, Hunks.Of(changes), new HashSet<int> { 0 })!)));
    }

    [Fact]
    public void Clauses_in_any_mixture_compose_to_base_to_head_and_to_clauses_of_either() =>
        Gen.Select(Clauses, Clauses, Gen.Int).Sample((before, after, seed) =>
        {
            var changes = new[] { Change("p.md", before, after) };
            var hunks = Hunks.Of(changes);
            var random = new Random(seed);
            var some = hunks.Where(_ => random.Next(2) == 0).Select(h => h.Index).ToHashSet();
            var all = hunks.Select(h => h.Index).ToHashSet();
            return Composition.Without(changes, hunks, new HashSet<int>())!.Count == 0
                && Encoding.UTF8.GetString(Applied(changes, hunks, all)) == before
                && Words(Applied(changes, hunks, some)).Concat(Words(Applied(changes, hunks, all.Except(some).ToHashSet()))).Order(StringComparer.Ordinal)
                    .SequenceEqual(Words(Encoding.UTF8.GetBytes(before)).Concat(Words(Encoding.UTF8.GetBytes(after))).Order(StringComparer.Ordinal));
        }, iter: 500, seed: "0000000000001");

    private static readonly string[] Said = ["Be exact. ", "Never guess.\n", "Refuse students; ", "refuse interns, too. ", "Ünicode counts! ", "- An item\n", "so that\n", "a line goes on. ", "\n", "e.g. this. "];

    private static Gen<string> Clauses => Gen.Int[0, Said.Length - 1].Select(i => Said[i]).Array[0, 10].Select(string.Concat);

    private static string[] Words(byte[] text) => Encoding.UTF8.GetString(text).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void All_hunks_give_base_none_gives_head_and_any_subset_composes_to_lines_of_either() =>
        Gen.Select(Content, Content, Gen.OneOf(Gen.Const("a.py"), Gen.Const("a.md")), Gen.Int).Sample((before, after, path, seed) =>
        {
            var changes = new[] { new FileChange(new(path, "100644", before), new(path, "100644", after)) };
            var hunks = Hunks.Of(changes);
            var random = new Random(seed);
            var some = hunks.Where(_ => random.Next(2) == 0).Select(h => h.Index).ToHashSet();
            var all = hunks.Select(h => h.Index).ToHashSet();
            return Composition.Without(changes, hunks, new HashSet<int>())!.Count == 0
                && Applied(changes, hunks, all).SequenceEqual(before)
                && Applied(changes, hunks, some) is var composed
                && Applied(changes, hunks, all.Except(some).ToHashSet()) is var rest
                && Lines(composed).Concat(Lines(rest)).Order(StringComparer.Ordinal)
                    .SequenceEqual(Lines(before).Concat(Lines(after)).Order(StringComparer.Ordinal));
        }, iter: 500, seed: "0000000000001");

    private static readonly string[] Pieces = ["one", "two a b", "two a c", "", "höher", "\u00ff\u00fe", "x = 1\r", "x = 2\r"];

    private static Gen<byte[]> Content =>
        Gen.Select(
            Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 12], Gen.Bool,
            (lines, ends) => Encoding.Latin1.GetBytes(string.Join('\n', lines) + (ends && lines.Length > 0 ? "\n" : "")));

    private static byte[] Applied(FileChange[] changes, IReadOnlyList<Hunk> hunks, HashSet<int> drop)
    {
        var edits = Composition.Without(changes, hunks, drop)!;
        return edits.Count == 0 ? changes[0].New!.Content.ToArray() : edits[0].Content!.Value.ToArray();
    }

    // Whether the last line ended is not compared: a line that was last gets an end when another follows it.
    private static string[] Lines(byte[] content) =>
        Encoding.Latin1.GetString(content) is { Length: > 0 } text ? (text.EndsWith('\n') ? text[..^1] : text).Split('\n') : [];

    private static FileChange Change(string path, string before, string after) => new(Side(path, before), Side(path, after));

    private static FileSide Side(string path, string content) => new(path, "100644", Encoding.UTF8.GetBytes(content));

    private static string Text(TreeEdit edit) => Encoding.UTF8.GetString(edit.Content!.Value.Span);
}
