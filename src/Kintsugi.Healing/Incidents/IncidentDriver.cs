using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Review;

namespace Kintsugi.Healing.Incidents;

/// <summary>Takes incidents further: reads the log, does the next step, appends what happened, until the incident rests.</summary>
/// <remarks>It can be killed at any moment: a step whose event was not appended is done again, and what it puts into the world is looked up first.</remarks>
/// <param name="does">Does one step and says what happened: <see cref="Steps.IncidentSteps.DoAsync"/>.</param>
public sealed class IncidentDriver(
    IncidentLog log, Func<Step, IncidentState, HealContext, CancellationToken, Task<IncidentEvent>> does)
{
    /// <summary>Drives <paramref name="incident"/> until it rests, or until the next step lies beyond <paramref name="until"/>.</summary>
    /// <param name="happened">Told of every event once it is on disk.</param>
    /// <exception cref="WorldFailedException">The world failed again and again; the incident stays open and can be resumed.</exception>
    /// <exception cref="IncidentMovedException">Another process drives the same incident.</exception>
    public async Task<IncidentState> DriveAsync(
        string incident, HealContext context, Stage? until, IProgress<LoggedEvent>? happened, CancellationToken cancellationToken)
    {
        var state = IncidentState.Fold(incident, log.Read(incident));
        var since = state.Version;
        using var whole = IncidentSpan.Start(state);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var step = IncidentLoop.Next(state, context.Terms, since);
            if (step is RestStep || step.Stage > until) return state;
            if (step is WorldIsDown down)
            {
                throw new WorldFailedException(
                    down.Last.Affected, down.Last.Planned, down.Last.Faults,
                    $"{WorldRemedy.Of(down.Last.Faults, "Wait until the world is back.")} The incident stays open: then run `kintsugi incident resume {incident}`.");
            }
            using var span = IncidentSpan.Start(step);
            var next = await DoAsync(step, state, context, cancellationToken);
            IncidentSpan.Tell(span, next);
            state = log.Append(state, next, happened);
        }
    }

    private async Task<IncidentEvent> DoAsync(Step step, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await does(step, state, context, cancellationToken);
        }
        catch (BudgetSpentException e)
        {
            return new Closed(IncidentOutcome.Budget, $"{Words.Snake(step.Stage)} was not finished. {e.Message}") { Cost = e.Cost, Took = e.Took };
        }
    }
}

/// <summary>Providers or sandboxes failed so often that nothing can be said about the agent.</summary>
public sealed class WorldFailedException(int affected, int planned, IReadOnlyList<string> faults, string remedy)
    : Exception($"The world failed in {affected} of {planned} runs ({string.Join("; ", faults)}). {remedy}");

/// <summary>The version that others are to be held against does not start, so every version would look as good as it.</summary>
public sealed class UnusableBaseException(string commit, string failure)
    : Exception($"The version {Words.Short(commit)} does not start, so nothing can be held against it. Choose one that does. {failure}");
