using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Somebody who changes the files of a candidate: a model with tools, or a coding agent's command line.</summary>
internal interface IWriter
{
    /// <param name="data">What it is told, a JSON document of <see cref="WriterBrief"/>.</param>
    /// <param name="calls">Gathers its model calls.</param>
    /// <exception cref="Kintsugi.Models.Roles.ModelUnavailableException">No provider answers it, or the budget is spent: nothing is said about its change.</exception>
    Task<WrittenChange> WriteAsync(string data, SampleCalls calls, CancellationToken cancellationToken);
}

/// <summary>What came of it. The files themselves are the candidate's.</summary>
/// <param name="Refusal">Why there is nothing to judge; null when there is.</param>
/// <param name="Cost">Of its runs of the agent.</param>
internal sealed record WrittenChange(Writing Writing, string? Refusal, RunCost Cost);
