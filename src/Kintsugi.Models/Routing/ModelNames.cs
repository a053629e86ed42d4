using System.Text.RegularExpressions;

namespace Kintsugi.Models.Routing;

/// <summary>What the name of a model tells: services spell one model in many ways.</summary>
public static partial class ModelNames
{
    private static readonly (string Begins, string Vendor)[] Families =
    [
        ("claude", "anthropic"), ("gpt", "openai"), ("chatgpt", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"), ("text-embedding", "openai"),
        ("deepseek", "deepseek"), ("gemini", "google"), ("gemma", "google"), ("llama", "meta"), ("mistral", "mistral"), ("mixtral", "mistral"),
        ("codestral", "mistral"), ("ministral", "mistral"), ("qwen", "alibaba"), ("qwq", "alibaba"), ("grok", "xai"), ("command", "cohere"),
        ("kimi", "moonshot"), ("glm", "zhipu"), ("phi", "microsoft"), ("nova", "amazon"), ("sim", "simulated"),
    ];

    /// <summary>The name without what services add to it: a vendor before it, a date, a version or `latest` after it. `anthropic/claude-3.5-sonnet`, `claude-3-5-sonnet-20241022` and `anthropic.claude-3-5-sonnet-20241022-v2:0` are one.</summary>
    public static string Bare(string name)
    {
        var bare = name[(name.LastIndexOf('/') + 1)..].ToLowerInvariant();
        bare = Prefix().Replace(bare, "");
        bare = Suffix().Replace(bare, "");
        return bare.Replace('.', '-');
    }

    /// <summary>Whether a model that was asked for by one of <paramref name="asked"/> is what served under one of <paramref name="served"/>.</summary>
    public static bool AreOne(IEnumerable<string> asked, IEnumerable<string> served) => asked.Select(Bare).Intersect(served.Select(Bare)).Any();

    /// <summary>A stranger's name of a model, cut for a message.</summary>
    public static string Shown(string name) => name.Length <= 100 ? name : name[..100] + "…";

    /// <returns>Who made the model; null when its name does not tell.</returns>
    public static string? Vendor(string name)
    {
        var bare = Bare(name);
        foreach (var (begins, vendor) in Families)
            if (bare.StartsWith(begins, StringComparison.Ordinal) && (bare.Length == begins.Length || !char.IsAsciiLetter(bare[begins.Length]))) return vendor;
        return null;
    }

    [GeneratedRegex(@"^([a-z]{2,6}\.)?(anthropic|openai|meta|mistral|deepseek|amazon|cohere|google)\.")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"([-@](\d{4}-?\d{2}-?\d{2})|-latest|-v\d+(:\d+)?|:\d+|:free)+$")]
    private static partial Regex Suffix();
}
