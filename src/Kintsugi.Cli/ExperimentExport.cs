using Kintsugi.Cli.Output;
using Kintsugi.Cli.Verbs;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Cli;

/// <summary>Sends an evaluation to the LangSmith that the standard variables name, and does nothing unless `LANGSMITH_TRACING` says so.</summary>
internal static class ExperimentExport
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>What goes wrong is said and changes nothing: the evaluation is done.</summary>
    public static async Task SendAsync(AgentDefinition agent, EvaluatedVersion evaluated, Func<string, string?> environment, TextWriter to, CancellationToken cancellationToken)
    {
        if (!string.Equals(environment("LANGSMITH_TRACING"), "true", StringComparison.OrdinalIgnoreCase)) return;
        var (address, endpoint) = LangSmithAccess.Address(null, environment);
        if (endpoint is null)
        {
            await to.WriteLineAsync($"warning: the evaluation was not sent to LangSmith: LANGSMITH_ENDPOINT is '{Text.Plain(address, 100)}', which is no address. Write https://….");
            return;
        }
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(Longest);
        using var http = LangSmithAccess.Client();
        var experiments = new SentExperiments(http, endpoint, LangSmithAccess.Key(environment), SpanExport.HasContent(environment), TimeProvider.System);
        try
        {
            var verdict = evaluated.Verdict is { } view ? Words.Snake(view.Kind) : null;
            var name = await experiments.SendAsync(new FinishedEvaluation(agent.Name, evaluated.Version.Id, evaluated.Run, verdict, evaluated.Dataset.Samples), late.Token);
            await to.WriteLineAsync($"Sent to LangSmith at {endpoint.Host} as the experiment '{Text.Plain(name, 100)}'.");
        }
        catch (Exception e) when (e is BadFileException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            await to.WriteLineAsync($"warning: the evaluation was not sent to LangSmith: {Text.Plain(e is OperationCanceledException ? $"{endpoint.Host} took longer than {Longest.TotalMinutes:0} minutes." : e.Message, 500)}");
        }
    }
}
