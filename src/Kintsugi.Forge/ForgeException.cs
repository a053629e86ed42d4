namespace Kintsugi.Forge;

/// <summary>The forge cannot be reached, or refuses what it was asked: the world, never the agent. What was intended stays in the log, and is done when it is tried again.</summary>
/// <param name="message">What was asked of which repository, what it answered, and what to do.</param>
public sealed class ForgeException(string message, Exception? inner = null) : Exception(message, inner);
