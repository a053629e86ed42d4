namespace Kintsugi.Models.Translation;

/// <summary>A request holds something that the provider's dialect has no words for, or that is not what its own dialect asks for.</summary>
/// <param name="reason">One sentence that names the field and says what to do; safe to send to the agent.</param>
public sealed class UntranslatableException(string reason) : Exception(reason);
