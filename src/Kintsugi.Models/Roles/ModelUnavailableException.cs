namespace Kintsugi.Models.Roles;

/// <summary>No provider of a role's route could answer, or the budget forbids asking: nothing is said about the question.</summary>
/// <param name="fault">A word of <see cref="Routing.Faults"/>.</param>
public sealed class ModelUnavailableException(string role, string fault, string words) : Exception($"No model answers for {role} ({fault}). {words}")
{
    public string Fault { get; } = fault;
}
