using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Triage;
using Microsoft.Extensions.AI;

namespace Kintsugi.Tests.Healing.Incidents.Steps;

public class TriageToolsTests
{
    private const string Right = """
        {"cause":"data_structure","mode":"data_structure_changed","blamed":["hunk-1"],"chain":[{"says":"The field is renamed.","evidence":["hunk-1","hunk-1"]}],"confidence":0.9,"action":"roll_back","summary":"A field was renamed."}
        """;

    [Fact]
    public async Task An_answer_is_read_by_the_words_of_the_schema()
    {
        var tools = Tools();

        await AnswerAsync(tools, Right);

        Assert.True(tools.IsHandedIn);
        Assert.Equal((Cause.DataStructure, FailureMode.DataStructureChanged, RemedyAction.RollBack, 0.9), (tools.Opinion!.Cause, tools.Opinion.Mode, tools.Opinion.Action, tools.Opinion.Confidence));
        Assert.Equal(["hunk-1"], Assert.Single(tools.Opinion.Chain).Evidence);
    }

    [Theory]
    [InlineData("\"confidence\":0.9", "\"confidence\":1.01")]
    [InlineData("\"confidence\":0.9", "\"confidence\":-0.1")]
    [InlineData("\"confidence\":0.9", "\"confidence\":1e999")]
    [InlineData("\"cause\":\"data_structure\"", "\"cause\":\"gremlins\"")]
    [InlineData("\"cause\":\"data_structure\"", "\"cause\":4")]
    [InlineData("\"cause\":\"data_structure\",", "")]
    [InlineData("[{\"says\":\"The field is renamed.\",\"evidence\":[\"hunk-1\",\"hunk-1\"]}]", "[]")]
    [InlineData("[{\"says\":\"The field is renamed.\",\"evidence\":[\"hunk-1\",\"hunk-1\"]}]", "[null]")]
    [InlineData("[{\"says\":\"The field is renamed.\",\"evidence\":[\"hunk-1\",\"hunk-1\"]}]", "\"it broke\"")]
    [InlineData("[\"hunk-1\",\"hunk-1\"]", "[]")]
    [InlineData("[\"hunk-1\",\"hunk-1\"]", "null")]
    [InlineData("\"A field was renamed.\"", "\" \"")]
    public async Task What_is_no_answer_is_refused_and_may_be_corrected(string old, string @new)
    {
        var tools = Tools();
        Assert.Contains(old, Right, StringComparison.Ordinal);

        var refusal = await Record.ExceptionAsync(() => AnswerAsync(tools, Right.Replace(old, @new, StringComparison.Ordinal)));

        Assert.True(refusal is ToolMistakeException or JsonException or ArgumentException { ParamName: "arguments" }, $"{refusal}");
        Assert.False(tools.IsHandedIn);
    }

    [Fact]
    public async Task An_answer_of_a_megabyte_is_cut()
    {
        var tools = Tools();
        var flood = new string('x', 1 << 20);

        await AnswerAsync(tools, Right.Replace("A field was renamed.", flood, StringComparison.Ordinal).Replace("hunk-1", flood, StringComparison.Ordinal));

        Assert.InRange(JsonSerializer.Serialize(tools.Opinion).Length, 100, 5_000);
    }

    [Fact]
    public void Swaps_are_offered_only_where_more_than_one_component_differs() =>
        Assert.Equal(["rerun", "show_trajectory", "show_file", "answer"], Tools().All.Select(t => t.Name));

    /// <summary>Without a stand to run anything on: what is tested here is what a model hands in.</summary>
    private static TriageTools Tools() => new(null!, default, [Component.Data], null, [], null!, null!, ConversationLimits.OfAdvisor);

    private static async Task AnswerAsync(TriageTools tools, string arguments)
    {
        var answer = (AIFunction)tools.All.Single(t => t.Name == "answer");
        await answer.InvokeAsync(new AIFunctionArguments(JsonSerializer.Deserialize<Dictionary<string, object?>>(arguments)!), TestContext.Current.CancellationToken);
    }
}
