namespace Kintsugi.Models.Wire;

/// <summary>A wire format in which a model can be asked for text.</summary>
public enum Dialect
{
    /// <summary>OpenAI chat completions.</summary>
    Chat = 0,

    /// <summary>OpenAI responses.</summary>
    Responses = 1,

    /// <summary>Anthropic messages.</summary>
    Messages = 2,
}
