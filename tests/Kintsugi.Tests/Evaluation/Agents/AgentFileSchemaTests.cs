using Kintsugi.Evaluation.Agents;
using NJsonSchema;

namespace Kintsugi.Tests.Evaluation.Agents;

public class AgentFileSchemaTests
{
    private static async Task<bool> Accepts(string text)
    {
        var schema = await JsonSchema.FromJsonAsync(AgentFileSchema.Text(), TestContext.Current.CancellationToken);
        return schema.Validate(AgentFileReader.Read(text, AgentFile.FileName).ToJson().ToJsonString()).Count == 0;
    }

    [Fact]
    public void The_published_schema_is_the_loaders_own_table()
    {
        var top = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(top.FullName, "Kintsugi.slnx"))) top = top.Parent!;
        // After a wanted change of the table, this file is the one to publish.
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "kintsugi.schema.json"), AgentFileSchema.Text());

        Assert.Equal(AgentFileSchema.Text(), File.ReadAllText(Path.Combine(top.FullName, "docs", "kintsugi.schema.json")));
    }

    public static TheoryData<string> Good => [.. AgentFileExamples.Good];

    [Theory]
    [MemberData(nameof(Good))]
    public async Task What_the_loader_accepts_the_schema_accepts(string text)
    {
        AgentFile.Load(text, AgentFile.FileName, _ => "set");

        Assert.True(await Accepts(text));
    }

    public static TheoryData<string, string> Misfits => AgentFileExamples.Misfits;

    [Theory]
    [MemberData(nameof(Misfits))]
    public async Task What_the_loader_refuses_for_its_shape_the_schema_refuses(string text, string message)
    {
        Assert.NotEmpty(message);
        Assert.False(await Accepts(text));
    }
}
