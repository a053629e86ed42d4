namespace Kintsugi.Models;

/// <summary>The `models:` part of kintsugi.yaml cannot be used as it is. The message names the key and says what to do; it never holds a secret.</summary>
public sealed class BadModelsConfigException(string key, string problem) : Exception($"{key}: {problem}")
{
    /// <summary>Where in kintsugi.yaml, `models.providers.n1n.url`.</summary>
    public string Key { get; } = key;
}
