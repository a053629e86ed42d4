using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kintsugi.Models.Providers.Simulated;

namespace Kintsugi.Bench.Incidents;

/// <summary>How the heal of a planted incident ended.</summary>
/// <param name="Cause">Null when nothing was diagnosed.</param>
/// <param name="Culprits">The culprit and, after it, other sets that suffice as well.</param>
/// <param name="Fixes">Branches with a fix.</param>
/// <param name="Document">What `heal --json` printed.</param>
/// <param name="UnseenEqual">Of the questions that nobody had seen, how many the fixed version answers as the good one does; null where there is no fix.</param>
public sealed partial record HealedIncident(
    PlantedIncident Incident, string Outcome, string? Cause, string Action, IReadOnlyList<IReadOnlyList<CulpritHunk>> Culprits, int Fixes, string? Verification, int? UnseenEqual, int Unseen,
    int AgentRuns, int ModelCalls, TimeSpan Took, string Reason, string Document)
{
    /// <summary>The world was down for longer than a heal waits, so the incident was resumed when it was back.</summary>
    public bool Resumed { get; private init; }

    public bool OutcomeIsRight => Outcome == Incident.Expected.Outcome && Action == Incident.Expected.Action && Fixes == (Incident.Expected.IsProposal ? 1 : 0);

    public bool CauseIsRight => Cause is null ? Incident.Expected.Causes is [] : Incident.Expected.Causes.Contains(Cause);

    /// <summary>
    /// Every hunk is of a planted edit, and every planted edit is in it; where either of two suffices, one of them and nothing of the other. A culprit that no fix was accepted for is
    /// none: of rows that were spoilt, it may name those alone that somebody asked for.
    /// </summary>
    public bool CulpritIsRight
    {
        get
        {
            var hunks = Culprits is [var first, ..] ? first : [];
            var touched = Incident.Planted.Where(edit => hunks.Any(h => h.IsOf(edit))).ToList();
            return (!Incident.Expected.IsProposal || Fixes == 1) && hunks.All(h => Incident.Planted.Any(h.IsOf)) && touched.Count == (Incident.AnyAlone ? 1 : Incident.Planted.Length);
        }
    }

    /// <summary>A fix was proposed where none was called for.</summary>
    public bool IsFalseProposal => !Incident.Expected.IsProposal && (Outcome == "proposed" || Fixes > 0);

    public bool IsMended => Incident.Expected.IsProposal && UnseenEqual is not null;

    /// <summary>Whether the fixed version does as the good one on every question that nobody had seen.</summary>
    public bool IsMendedWholly => IsMended && UnseenEqual == Unseen;

    public bool IsRight => OutcomeIsRight && CauseIsRight && CulpritIsRight && !IsFalseProposal && (!Incident.Expected.IsProposal || IsMendedWholly);

    /// <summary>One line for a person: what was planted, and what the heal said.</summary>
    public string Told => string.Create(CultureInfo.InvariantCulture,
        $"{Incident.Number} {Incident.Ground.Agent.Name} {Incident.Fault}: {Incident.Story}; breaks {100 * Incident.Broken:0} % -> {Outcome}, {Cause ?? "-"}, {Action}; culprit {string.Join(" | ", Culprits.Select(set => string.Join(" + ", set)))}; unseen {(UnseenEqual is { } equal ? $"{equal}/{Unseen}" : "-")}; {Took.TotalSeconds:0.0} s{(Resumed ? ", resumed" : "")}; {Reason}");

    /// <summary>Makes the repository of an incident, heals it with the real command, and looks at what came of it.</summary>
    public static async Task<HealedIncident> RunAsync(PlantedIncident incident, Exam exam, CancellationToken cancellationToken)
    {
        var repository = new PlantedRepository(incident, exam);
        try
        {
            await repository.MakeAsync(cancellationToken);
            var (end, resumed) = await HealAsync(incident, cancellationToken);
            var fixes = await repository.FixesAsync(cancellationToken);
            var healed = Read(incident, end, fixes.Count) with { Unseen = exam.Unseen.Length, Resumed = resumed };
            if (!incident.Expected.IsProposal || fixes is not [var fix]) return healed;
            var mended = await repository.FilesOfAsync(fix, cancellationToken);
            repository.Delete();
            var behaviour = await incident.Ground.BehaviourAsync(mended, exam.All, null, cancellationToken);
            return healed with { UnseenEqual = exam.Unseen.Length - behaviour.Differs(exam.Answers, exam.Unseen.Select(q => q.Id)).Count };
        }
        finally
        {
            repository.Delete();
        }
    }

    /// <summary>Heals; where the world was down for longer than a heal waits, lets the world come back and goes on as its message says.</summary>
    private static async Task<(CommandEnd End, bool Resumed)> HealAsync(PlantedIncident incident, CancellationToken cancellationToken)
    {
        var end = await new KintsugiCommand("heal", incident.Ground.Place, "--seed", incident.Seed.ToString(CultureInfo.InvariantCulture), "--json").RunAsync(cancellationToken);
        if (end.ExitStatus != 4 || ResumeWord().Match(end.Error) is not { Success: true } open) return (end, false);
        incident.Ground.Write(ImmutableSortedDictionary<string, string>.Empty, incident.Weather with { RateLimit = new SimulatedRateLimit(), Failures = new SimulatedFailures() });
        var further = await new KintsugiCommand("incident", "resume", open.Groups[1].Value, "--dir", incident.Ground.Place, "--json").RunAsync(cancellationToken);
        return (further with { Took = end.Took + further.Took }, true);
    }

    [GeneratedRegex("kintsugi incident resume ([0-9a-f]+)")]
    private static partial Regex ResumeWord();

    private static HealedIncident Read(PlantedIncident incident, CommandEnd end, int fixes)
    {
        var told = end.Document;
        var (diagnosis, proposal, cost) = (told.GetProperty("diagnosis"), told.GetProperty("proposal"), told.GetProperty("cost"));
        var isDiagnosed = diagnosis.ValueKind != JsonValueKind.Null;
        return new HealedIncident(
            incident, told.GetProperty("outcome").GetString()!,
            isDiagnosed ? diagnosis.GetProperty("cause").GetString() : null,
            isDiagnosed ? diagnosis.GetProperty("action").GetString()! : "none",
            isDiagnosed ? [CulpritHunk.Read(diagnosis.GetProperty("culprit")), .. diagnosis.GetProperty("also_sufficient").EnumerateArray().Select(CulpritHunk.Read)] : [],
            fixes, proposal.ValueKind == JsonValueKind.Null ? null : proposal.GetProperty("verification").GetString(), null, 0,
            cost.GetProperty("agent_runs").GetInt32(), cost.GetProperty("model_calls").GetInt32(), end.Took, told.GetProperty("reason").GetString() ?? "", end.Output);
    }
}

/// <summary>A culprit hunk as `heal --json` tells it: whole lines, or clauses of one.</summary>
public sealed record CulpritHunk(string File, ImmutableArray<string> Removed, ImmutableArray<string> Added)
{
    public static IReadOnlyList<CulpritHunk> Read(JsonElement hunks) =>
        [.. hunks.EnumerateArray().Select(h => new CulpritHunk(h.GetProperty("file").GetString()!, Lines(h.GetProperty("removed")), Lines(h.GetProperty("added"))))];

    /// <summary>Whether all that it says was planted with the edit.</summary>
    public bool IsOf(Edit edit) =>
        edit.Splices.Where(s => s.File == File).ToList() is { Count: > 0 } here && Removed.All(line => here.Any(s => Holds(s.Removed, line))) && Added.All(line => here.Any(s => Holds(s.Added, line)));

    public override string ToString() => $"{File} -[{string.Join(' ', Removed.Take(2).Select(l => l.Trim()))}] +[{string.Join(' ', Added.Take(2).Select(l => l.Trim()))}]{(Removed.Length + Added.Length > 4 ? " …" : "")}";

    private static bool Holds(ImmutableArray<string> planted, string told) => planted.Any(line => line.Contains(told.Trim(), StringComparison.Ordinal));

    private static ImmutableArray<string> Lines(JsonElement lines) => [.. lines.EnumerateArray().Select(l => l.GetString()!)];
}
