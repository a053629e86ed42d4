using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets.Exchange;
using static Kintsugi.Tests.Evaluation.Datasets.Exchange.Samples;

namespace Kintsugi.Tests.Evaluation.Datasets.Exchange;

public class PromptfooTestsTests
{
    private const string Config = """
        prompts: ["Score {{company}}"]
        providers: [openai:gpt-4o]
        defaultTest: { assert: [{ type: latency, threshold: 100 }] }
        tests:
          - description: big one
            vars: { company: Acme, employees: 500 }
            assert:
              - { type: equals, value: '{"tier":"hot"}' }
              - { type: llm-rubric, value: is polite }
          - vars: { company: [Globex, Initech] }
            assert:
              - type: icontains
                value: cold
          - file://more.csv

        """;

    [Fact]
    public async Task Vars_are_the_input_and_equals_the_target_and_what_has_no_place_is_counted()
    {
        var losses = new ExchangeLosses();

        var samples = await PromptfooAsync(Config, losses, name => name == "more.csv" ? Stream("company,__expected\nHooli,hot\nUmbrella,javascript: output > 5\nVandelay,contains:cold\n") : null);

        Assert.Equal(
            [
                """{"id":"big one","input":{"company":"Acme","employees":500},"target":{"tier":"hot"}}""", """{"id":"","input":{"company":["Globex","Initech"]},"target":"cold"}""",
                """{"id":"","input":{"company":"Hooli"},"target":"hot"}""", """{"id":"","input":{"company":"Umbrella"}}""", """{"id":"","input":{"company":"Vandelay"},"target":"cold"}""",
            ], samples.Select(Say));
        Assert.Contains(losses.All, l => l.What.StartsWith("the assertion `llm-rubric`", StringComparison.Ordinal) && l.Example.Contains("is polite", StringComparison.Ordinal));
        Assert.Contains(losses.All, l => l.What.StartsWith("the assertion `javascript`", StringComparison.Ordinal));
        Assert.Contains(losses.All, l => l.What.StartsWith("`defaultTest`", StringComparison.Ordinal));
        Assert.Equal(2, losses.All.Single(l => l.What.StartsWith("targets that `contains` asserted", StringComparison.Ordinal)).Count);
    }

    [Theory]
    [InlineData("prompts: [x]\n", "t.yaml(1): There is no `tests:` here.")]
    [InlineData("tests:\n  - 5\n", "t.yaml(2): A test is a number, not a map.")]
    [InlineData("tests:\n  - assert: []\n", "t.yaml(2): The test has no `vars:`")]
    [InlineData("tests:\n  - vars: file://v.json\n", "t.yaml(2): `vars` is text; vars in files of their own are not read.")]
    [InlineData("tests: file:///etc/passwd\n", "t.yaml(1): 'file:///etc/passwd' is no file beside this one.")]
    [InlineData("tests: [{vars: &a {x: 1}}, *a]\n", "t.yaml(1): Anchors")]
    [InlineData("tests: [\n", "t.yaml(")]
    [InlineData("", "t.yaml(1): The file is empty.")]
    public async Task What_is_not_read_is_refused_with_file_line_and_remedy(string yaml, string message) =>
        Assert.StartsWith(message, (await Assert.ThrowsAsync<BadFileException>(() => PromptfooAsync(yaml))).Message, StringComparison.Ordinal);
}
