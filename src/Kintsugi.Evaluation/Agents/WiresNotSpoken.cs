namespace Kintsugi.Evaluation.Agents;

/// <summary>Services and client libraries whose wire format the gateway does not speak, and the way round.</summary>
public static class WiresNotSpoken
{
    private const string Azure = "Azure speaks the OpenAI format: `kind: openai`, `url: https://RESOURCE.openai.azure.com/openai/v1`, `key_header: api-key`.";

    private const string Google = "Google's own format is not spoken, but Gemini answers in OpenAI's: `kind: openai`, `url: https://generativelanguage.googleapis.com/v1beta/openai`.";

    private const string Vertex = "Vertex AI's own format is not spoken. Use an OpenAI-compatible service in front of it, or the vendor's own API.";

    private const string Bedrock = "Bedrock's own format is not spoken. Use its OpenAI-compatible endpoint, `kind: openai`, `url: https://bedrock-runtime.REGION.amazonaws.com/openai/v1`, or the vendor's own API.";

    private static readonly Dictionary<string, string> ByKind = new(StringComparer.OrdinalIgnoreCase)
    {
        ["azure"] = Azure,
        ["azure_openai"] = Azure,
        ["gemini"] = Google,
        ["google"] = Google,
        ["vertex"] = Vertex,
        ["vertexai"] = Vertex,
        ["bedrock"] = Bedrock,
        ["aws"] = Bedrock,
        ["ollama"] = Compatible("Ollama", "http://127.0.0.1:11434/v1"),
        ["vllm"] = Compatible("vLLM", "http://127.0.0.1:8000/v1"),
        ["openrouter"] = Compatible("OpenRouter", "https://openrouter.ai/api/v1"),
        ["deepseek"] = Compatible("DeepSeek", "https://api.deepseek.com/v1"),
        ["n1n"] = Compatible("n1n", "https://api.n1n.ai/v1"),
    };

    /// <summary>Libraries that speak such a format, by the file that lists dependencies and the name in it.</summary>
    private static readonly (string Library, string Whose, string Way)[] Libraries =
    [
        ("google-genai", "Google's", Google), ("google-generativeai", "Google's", Google), ("@google/genai", "Google's", Google), ("@google/generative-ai", "Google's", Google),
        ("langchain-google-genai", "Google's", Google), ("@ai-sdk/google", "Google's", Google), ("Google.GenAI", "Google's", Google),
        ("google-cloud-aiplatform", "Vertex AI's", Vertex), ("vertexai", "Vertex AI's", Vertex), ("@google-cloud/vertexai", "Vertex AI's", Vertex), ("langchain-google-vertexai", "Vertex AI's", Vertex),
        ("@aws-sdk/client-bedrock-runtime", "Bedrock's", Bedrock), ("langchain-aws", "Bedrock's", Bedrock), ("@ai-sdk/amazon-bedrock", "Bedrock's", Bedrock), ("AWSSDK.BedrockRuntime", "Bedrock's", Bedrock),
    ];

    /// <summary>Names of files that list an agent's dependencies.</summary>
    public static bool ListsDependencies(string fileName) =>
        fileName is "package.json" or "pyproject.toml" or "Pipfile" || fileName.EndsWith(".csproj", StringComparison.Ordinal)
        || (fileName.StartsWith("requirements", StringComparison.Ordinal) && fileName.EndsWith(".txt", StringComparison.Ordinal));

    /// <summary>What to write in place of a kind of provider that is none.</summary>
    internal static string? Remedy(string kind) => ByKind.GetValueOrDefault(kind);

    /// <summary>The libraries among an agent's dependencies whose calls the gateway cannot answer.</summary>
    /// <param name="dependencies">Text of a file for which <see cref="ListsDependencies"/> holds.</param>
    /// <returns>The library, and a sentence on what to do.</returns>
    public static IEnumerable<(string Library, string Remedy)> In(string dependencies) =>
        from known in Libraries
        where IsNamed(known.Library, dependencies)
        select (known.Library, $"{known.Library} speaks {known.Whose} wire format, which the gateway does not. Let the agent ask by the OpenAI or Anthropic library. {known.Way}");

    private static string Compatible(string name, string url) => $"{name} speaks the OpenAI format: `kind: openai`, `url: {url}`.";

    /// <summary>Whole names only: `google-genai` is not `langchain-google-genai`.</summary>
    private static bool IsNamed(string library, string text)
    {
        for (var at = 0; (at = text.IndexOf(library, at, StringComparison.Ordinal)) >= 0; at += library.Length)
            if (!IsOfAName(text, at - 1) && !IsOfAName(text, at + library.Length)) return true;
        return false;
    }

    private static bool IsOfAName(string text, int at) => at >= 0 && at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '-' or '_' or '.' or '/' or '@');
}
