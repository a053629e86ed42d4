using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Tests.Evaluation.Agents;

public class WiresNotSpokenTests
{
    [Theory]
    [InlineData("openai==1.0\ngoogle-genai>=1\n", "google-genai")]
    [InlineData("""{"dependencies":{"@aws-sdk/client-bedrock-runtime":"^3"}}""", "@aws-sdk/client-bedrock-runtime")]
    [InlineData("""<PackageReference Include="AWSSDK.BedrockRuntime" Version="4.0" />""", "AWSSDK.BedrockRuntime")]
    [InlineData("google-cloud-aiplatform\n", "google-cloud-aiplatform")]
    public void A_library_of_a_wire_that_is_not_spoken_is_found_among_the_dependencies(string dependencies, string library)
    {
        var (found, remedy) = Assert.Single(WiresNotSpoken.In(dependencies));

        Assert.Equal(library, found);
        Assert.Contains("Let the agent ask by the OpenAI or Anthropic library.", remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai\nanthropic\n")]
    [InlineData("my-google-genai\n")]
    [InlineData("google-genai-extras\n")]
    public void Other_libraries_are_not(string dependencies) => Assert.Empty(WiresNotSpoken.In(dependencies));

    [Theory]
    [InlineData("requirements-dev.txt", true)]
    [InlineData("Agent.csproj", true)]
    [InlineData("notes.txt", false)]
    public void Lists_of_dependencies_are_known_by_their_names(string file, bool isList) => Assert.Equal(isList, WiresNotSpoken.ListsDependencies(file));
}
