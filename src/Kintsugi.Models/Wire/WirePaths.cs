namespace Kintsugi.Models.Wire;

/// <summary>The paths by which models are asked, as the vendors publish them.</summary>
public static class WirePaths
{
    public const string Chat = "/v1/chat/completions";
    public const string Completions = "/v1/completions";
    public const string Embeddings = "/v1/embeddings";
    public const string Responses = "/v1/responses";
    public const string Messages = "/v1/messages";
    public const string CountTokens = "/v1/messages/count_tokens";
    public const string Models = "/v1/models";

    /// <summary>What a service in the OpenAI format may serve.</summary>
    public static readonly IReadOnlyList<string> OpenAi = [Chat, Completions, Embeddings, Responses, Models];

    /// <summary>What a service in the Anthropic format serves.</summary>
    public static readonly IReadOnlyList<string> Anthropic = [Messages, CountTokens, Models];

    /// <returns>Null for a path that asks for something other than text of a conversation.</returns>
    public static Dialect? DialectOf(string path) => path switch
    {
        Chat => Dialect.Chat,
        Responses => Dialect.Responses,
        Messages => Dialect.Messages,
        _ => null,
    };

    public static string Of(Dialect dialect) => dialect switch
    {
        Dialect.Chat => Chat,
        Dialect.Responses => Responses,
        _ => Messages,
    };

    /// <summary>Whether who asks by this path reads errors in Anthropic's words; everybody else reads OpenAI's.</summary>
    public static bool IsAnthropic(string path) => path.StartsWith(Messages, StringComparison.Ordinal);
}
