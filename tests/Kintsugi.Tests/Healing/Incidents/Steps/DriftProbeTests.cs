using System.Text;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Tests.Healing.Incidents.Steps;

public class DriftProbeTests
{
    private static readonly DateTimeOffset Then = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Answers_that_are_others_show_another_model()
    {
        var probe = Of(Answers(Then, "hot"), Answers(Then.AddDays(7), "lukewarm, I would say"));

        Assert.True(probe.IsShown);
        Assert.Equal("4 recorded questions are answered otherwise than up to the blessing: 20 answers then, 20 now, permutation p = 0.001.", Assert.Single(probe.Sentences));
    }

    [Fact]
    public void Equal_answers_from_the_same_model_show_nothing_and_that_is_said()
    {
        var probe = Of(Answers(Then, "hot"), Answers(Then.AddDays(7), "hot"));

        Assert.False(probe.IsShown);
        Assert.Contains("no otherwise, as far as can be told", probe.Sentences[0], StringComparison.Ordinal);
        Assert.Contains("rests on the fall of the pass rate alone", probe.Sentences[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_that_vary_alike_then_and_now_show_nothing()
    {
        string[] words = ["hot", "warm", "cold", "hot!", "warm."];

        var probe = Of([.. Ask(Then, (_, draw) => words[draw % 5])], [.. Ask(Then.AddDays(7), (_, draw) => words[(draw + 2) % 5])]);

        Assert.False(probe.IsShown);
    }

    [Fact]
    public void The_name_of_another_model_shows_it_by_itself()
    {
        var probe = Of(Answers(Then, "hot", model: "big-2026-01"), Answers(Then.AddDays(7), "hot", model: "big-2026-03"));

        Assert.True(probe.IsShown);
        Assert.Equal("The provider names another model for big: big-2026-03 in 20 of 20 answers, big-2026-01 up to the blessing.", probe.Sentences[0]);
    }

    [Fact]
    public void Another_fingerprint_alone_is_a_hint_and_shows_nothing()
    {
        var probe = Of(Answers(Then, "hot", fingerprint: "fp_1"), Answers(Then.AddDays(7), "hot", fingerprint: "fp_2"));

        Assert.False(probe.IsShown);
        Assert.Contains("A hint:", probe.Sentences[0], StringComparison.Ordinal);
        Assert.Equal(3, probe.Sentences.Count);
    }

    [Fact]
    public void A_fingerprint_for_every_answer_makes_no_flood_and_hides_no_model()
    {
        List<Recording> current = [.. Enumerable.Range(0, 40).SelectMany(i => Answers(Then.AddDays(7), "hot", fingerprint: $"fp_{i}")), .. Answers(Then.AddDays(8), "hot", model: "big-2")];

        var probe = Of(Answers(Then, "hot"), current);

        Assert.True(probe.IsShown);
        Assert.Contains("another model for big: big-2", probe.Sentences[0], StringComparison.Ordinal);
        Assert.InRange(probe.Sentences.Count, 2, 6);
    }

    [Fact]
    public void Without_recordings_from_the_blessing_it_says_that_it_cannot_compare()
    {
        var probe = Of([], Answers(Then.AddDays(7), "hot"));

        Assert.False(probe.IsShown);
        Assert.StartsWith("No question has recorded answers", probe.Sentences[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Questions_that_differ_in_the_ids_of_calls_are_one_and_other_questions_are_not_compared()
    {
        static string Question(string id, string lead) =>
            $$"""{"messages":[{"role":"assistant","tool_calls":[{"id":"{{id}}"}]},{"role":"tool","tool_call_id":"{{id}}","content":"{{lead}}"}]}""";

        var probe = Of(
            [.. Ask(Then, (_, _) => "hot", (lead, draw) => Question($"call_{draw}", lead))], [.. Ask(Then.AddDays(7), (_, _) => "cold", (lead, draw) => Question($"call_{draw + 50}", lead))]);
        var apart = Of(Answers(Then, "hot"), [.. Ask(Then.AddDays(7), (_, _) => "cold", (lead, draw) => Question("call", "another " + lead))]);

        Assert.True(probe.IsShown);
        Assert.False(apart.IsShown);
    }

    private static DriftEvidence Of(IReadOnlyList<Recording> reference, IReadOnlyList<Recording> current) => DriftProbe.Of(reference, current, new Random(1));

    private static List<Recording> Answers(DateTimeOffset at, string words, string model = "big", string fingerprint = "fp") => [.. Ask(at, (_, _) => words, null, model, fingerprint)];

    /// <summary>Four questions, five draws of each.</summary>
    private static IEnumerable<Recording> Ask(
        DateTimeOffset at, Func<string, int, string> answer, Func<string, int, string>? question = null, string model = "big", string fingerprint = "fp")
    {
        foreach (var lead in new[] { "a", "b", "c", "d" })
        {
            for (var draw = 1; draw <= 5; draw++)
            {
                var asked = "/v1/chat/completions\n" + (question?.Invoke(lead, draw) ?? $$"""{"messages":[{"role":"user","content":"{{lead}}"}]}""");
                var body = $$$"""{"id":"{{{Guid.NewGuid()}}}","model":"{{{model}}}","system_fingerprint":"{{{fingerprint}}}","choices":[{"message":{"content":"{{{answer(lead, draw)}}}"}}]}""";
                yield return new Recording(
                    new RecordingKey("", lead, draw, 0), "p", "big", Encoding.UTF8.GetBytes(asked), new ModelAnswer(200, "application/json", Encoding.UTF8.GetBytes(body)), at, TimeSpan.Zero);
            }
        }
    }
}
