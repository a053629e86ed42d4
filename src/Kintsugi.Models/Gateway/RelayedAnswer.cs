namespace Kintsugi.Models.Gateway;

/// <summary>An answer, and how much of it the agent already has.</summary>
/// <param name="IsRelayed">The body went to the sink as it arrived, so there is nothing left to send.</param>
/// <param name="IsBroken">The provider broke off within the relayed body: the agent must not take it for whole.</param>
/// <param name="Fault">Why the world is to blame, a word of <see cref="Routing.Faults"/>; null if the question was answered, or refused for its own sake.</param>
public sealed record RelayedAnswer(ModelAnswer Answer, bool IsRelayed, bool IsBroken, string? Fault = null)
{
    /// <summary>What a broken stream ends with, so that a client library raises an error of its own; empty where the provider said so itself.</summary>
    public ReadOnlyMemory<byte> LastWords { get; init; }
}
