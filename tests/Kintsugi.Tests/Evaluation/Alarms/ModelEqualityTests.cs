using Kintsugi.Evaluation.Alarms;

namespace Kintsugi.Tests.Evaluation.Alarms;

public class ModelEqualityTests
{
    [Fact]
    public void Two_answers_a_side_that_share_nothing_are_two_apart_and_one_of_three_permutations_is_as_far()
    {
        var result = ModelEquality.Test([new("p", ["a", "a"], ["b", "b"])], 3000, new Random(1)); // 2·2/4 · (1 + 1 − 0)

        Assert.Equal(2, result.Statistic, 12);
        Assert.InRange(result.PValue, 1 / 3.0 - 0.03, 1 / 3.0 + 0.03);
    }

    [Fact]
    public void Answers_are_as_alike_as_the_positions_at_which_they_agree() => // k("ab", "a") = 1/2: 1·2/3 · (1 + 1 − 2·1/2)
        Assert.Equal(2 / 3.0, ModelEquality.Test([new("p", ["ab"], ["a", "a"])], 1, new Random(1)).Statistic, 12);

    [Fact]
    public void The_same_answers_are_no_evidence()
    {
        var result = ModelEquality.Test([new("p", ["yes", "no", "yes"], ["no", "yes", "yes"])], 99, new Random(1));

        Assert.Equal(0, result.Statistic, 12);
        Assert.Equal(1, result.PValue);
    }

    [Fact]
    public void One_answer_a_side_shows_nothing() =>
        Assert.Equal(1, ModelEquality.Test([new("p", ["yes"], ["no"]), new("q", ["yes"], [])], 99, new Random(1)).PValue);

    [Fact]
    public void The_prompt_that_is_answered_otherwise_comes_first()
    {
        var result = ModelEquality.Test(
            [new("same", ["yes", "no", "yes", "no"], ["no", "yes", "no", "yes"]), new("moved", ["yes", "yes", "yes", "yes"], ["no", "no", "no", "no"])], 199, new Random(1));

        Assert.Equal("moved", result.ByPrompt[0].Prompt);
        Assert.InRange(result.PValue, 0, 0.06); // 2 of the 70 arrangements of its answers are as far apart
    }

    [Fact]
    public void One_model_differs_from_itself_in_at_most_five_percent_and_from_another_nearly_always()
    {
        var random = new Random(5);
        var itself = Enumerable.Range(0, 200).Count(_ => ModelEquality.Test(Prompts(0.3), 99, random).PValue <= 0.05);
        var other = Enumerable.Range(0, 50).Count(_ => ModelEquality.Test(Prompts(0.7), 99, random).PValue <= 0.05);

        Assert.InRange(itself, 0, 200 * 0.097);
        Assert.InRange(other, 45, 50);

        List<PromptAnswers> Prompts(double later) => [.. Enumerable.Range(0, 10).Select(i => new PromptAnswers($"{i}", Answers(0.3), Answers(later)))];
        List<string> Answers(double share) => [.. Enumerable.Range(0, 8).Select(_ => random.NextDouble() < share ? "hot lead" : "cold lead")];
    }
}
