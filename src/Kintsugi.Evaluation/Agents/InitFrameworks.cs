using System.Text.RegularExpressions;

namespace Kintsugi.Evaluation.Agents;

/// <summary>How the common frameworks show themselves in a project's manifests and sources.</summary>
internal static class InitFrameworks
{
    private static readonly (string Language, string Name, string[] Packages)[] Known =
    [
        ("python", "OpenAI", ["openai"]),
        ("python", "Anthropic", ["anthropic"]),
        ("python", "LangGraph", ["langgraph"]),
        ("python", "LangChain", ["langchain", "langchain-core", "langchain-openai", "langchain-anthropic"]),
        ("python", "LlamaIndex", ["llama-index", "llama-index-core"]),
        ("python", "CrewAI", ["crewai"]),
        ("python", "Pydantic AI", ["pydantic-ai", "pydantic-ai-slim"]),
        ("python", "AutoGen", ["pyautogen", "autogen", "autogen-agentchat", "ag2"]),
        ("node", "OpenAI", ["openai"]),
        ("node", "Anthropic", ["@anthropic-ai/sdk"]),
        ("node", "LangGraph", ["@langchain/langgraph"]),
        ("node", "LangChain", ["langchain", "@langchain/core", "@langchain/openai"]),
        ("node", "LlamaIndex", ["llamaindex"]),
        ("node", "Vercel AI SDK", ["ai", "@ai-sdk/openai", "@ai-sdk/anthropic"]),
        ("node", "Mastra", ["@mastra/core"]),
        ("dotnet", "OpenAI", ["OpenAI", "Azure.AI.OpenAI"]),
        ("dotnet", "Anthropic", ["Anthropic", "Anthropic.SDK"]),
        ("dotnet", "Microsoft.Extensions.AI", ["Microsoft.Extensions.AI", "Microsoft.Extensions.AI.OpenAI"]),
        ("dotnet", "Semantic Kernel", ["Microsoft.SemanticKernel", "Microsoft.SemanticKernel.Agents.Core"]),
        ("dotnet", "Microsoft Agent Framework", ["Microsoft.Agents.AI", "Microsoft.Agents.AI.OpenAI"]),
    ];

    public static IReadOnlyList<string> In(string language, IEnumerable<string> manifests, IEnumerable<string> sources)
    {
        var listed = manifests.ToList();
        var code = sources.ToList();
        return
        [
            .. Known.Where(k => k.Language == language && k.Packages.Any(p =>
                listed.Any(m => IsListed(language, p, m)) || (language == "python" && code.Any(s => IsImported(p, s))))).Select(k => k.Name),
        ];
    }

    private static bool IsListed(string language, string package, string manifest) => Matches(manifest, language switch
    {
        "node" => $"\"{Regex.Escape(package)}\"\\s*:",
        "dotnet" => $"Include=\"{Regex.Escape(package)}\"",
        _ => $"(^|[\\s\"'\\[,]){Regex.Escape(package).Replace("-", "[-_.]", StringComparison.Ordinal)}($|[\\s\"'=<>~!;\\[,])",
    });

    private static bool IsImported(string package, string source)
    {
        var module = Regex.Escape(package.Replace('-', '_'));
        return Matches(source, $"^\\s*(from|import)\\s+{module}($|[\\s.,])");
    }

    private static bool Matches(string text, string pattern) =>
        Regex.IsMatch(text, pattern, RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
}
