using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Prompts;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Roles;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>A model of role `repair` writes the change, with tools.</summary>
internal sealed class ModelRun(
    CandidateFiles files, IncidentState state, HealContext context, int attempt, ModelGateway gateway, Redaction redaction, ConversationLimits limits) : IWriter
{
    private const int LongestSummary = 1_000;

    private static readonly Prompt[] Prompts = [Prompt.Repair, Prompt.RepairTools];

    private readonly WriterTools _tools = new(files, state, context, attempt, limits);

    /// <summary>What its runs of the agent have cost so far, an answer or none.</summary>
    public RunCost Cost => _tools.Cost;

    public async Task<WrittenChange> WriteAsync(string data, SampleCalls calls, CancellationToken cancellationToken)
    {
        using var client = RoleClient.Create(gateway, calls);
        var loop = new Conversation(client, calls, _tools, redaction, limits, context.Clock);
        await loop.RunAsync(Prompt.Joined(Prompts), data, cancellationToken);
        var writing = new Writing(files.Written, StrangersText.OneLine(_tools.Submitted ?? $"(the model {loop.End})", LongestSummary), loop.Steps) { Prompts = [.. Prompts.Select(p => p.Use)] };
        return new WrittenChange(writing, files.Written.Count == 0 ? $"nothing: the model {loop.End}" : null, Cost);
    }
}
