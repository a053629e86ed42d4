using System.Globalization;
using System.Text.Json;
using Kintsugi.Healing.Repair;

namespace Kintsugi.Bench.Patches;

/// <summary>How the gate ended a planted patch.</summary>
/// <param name="RefusedBy">The check; null when it passed.</param>
/// <param name="Unseen">Of leads that no sample shows, those that the patched agent answers as the good version; null where that was not asked.</param>
public sealed record JudgedPatch(PlantedPatch Patch, int HeldOut, bool Passed, bool IsFull, string? RefusedBy, string Reason, int? Unseen, TimeSpan Took, int AgentRuns);

/// <summary>Planted patches, right and bad, left by a coding agent's command and judged by the real heal: which pass?</summary>
public static class PatchBench
{
    private const int Visible = 100, UnseenLeads = 400, UnseenInPrompt = 120;

    /// <summary>Of a model that errs once in a hundred answers: more than one in twenty is no noise.</summary>
    private const double RightShareInPrompt = 0.95;

    private static readonly int[] HeldOutSizes = [12, 24, 48, 96];

    /// <param name="each">Right patches, and as many bad ones.</param>
    /// <returns>0 when the targets are reached.</returns>
    public static async Task<int> RunAsync(int each, int seed, string? file, CancellationToken cancellationToken)
    {
        var judged = await JudgeAsync(each, seed, HeldOutSizes, (line, sofar) =>
        {
            Console.Error.WriteLine(line);
            if (file is not null) File.WriteAllText(file, PatchTable.Of(sofar, seed)); // half an hour's work is not lost with its end
        }, cancellationToken);
        Console.Write(PatchTable.Of(judged, seed));
        var (bad, right) = (judged.Where(j => !j.Patch.IsRight).ToList(), judged.Where(j => j.Patch.IsRight).ToList());
        return bad.Count(j => j.Passed) <= 0.05 * bad.Count && !bad.Exists(j => j.IsFull) && right.Count(j => j.Passed) >= 0.95 * right.Count ? 0 : 1;
    }

    /// <summary>Plants and judges, three repositories at once.</summary>
    /// <param name="told">Told of each patch, and of all that are judged by then.</param>
    public static async Task<List<JudgedPatch>> JudgeAsync(int each, int seed, IReadOnlyList<int> heldOut, Action<string, IReadOnlyList<JudgedPatch>> told, CancellationToken cancellationToken)
    {
        using var ground = new DrillGround();
        await using var server = await PatchServer.StartAsync(cancellationToken);
        var cells = PatchedAgent.Faults.SelectMany(fault => heldOut.Select(held => (Fault: fault, HeldOut: held))).ToArray();
        new Random(seed).Shuffle(cells);
        List<JudgedPatch> judged = [];
        await Parallel.ForEachAsync(Enumerable.Range(0, cells.Length), new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = cancellationToken }, async (n, token) =>
        {
            var share = (each * (n + 1) / cells.Length) - (each * n / cells.Length);
            var cell = new PatchCell(cells[n].Fault, cells[n].HeldOut, seed + (1_000 * n), $"cell-{n}", ground, server);
            await foreach (var one in cell.JudgeAsync(share, token))
            {
                lock (judged)
                {
                    judged.Add(one);
                    told(string.Create(CultureInfo.InvariantCulture,
                        $"{judged.Count,3} {one.Patch.Fault,-6} held-out {one.HeldOut,2} {one.Patch.Kind,-9} {one.Patch.Form,-30} {(one.Passed ? one.IsFull ? "FULL" : "PARTIAL" : "refused")} unseen {one.Unseen} {one.Took.TotalSeconds:0.0} s {one.Reason[..Math.Min(220, one.Reason.Length)]}"), judged);
                }
            }
        });
        return judged;
    }

    /// <summary>One fault with one number of held-out samples: healed once up to triage, then as often as there are patches.</summary>
    private sealed class PatchCell(PlantedFault fault, int heldOut, int seed, string name, DrillGround ground, PatchServer server)
    {
        private readonly Random _random = new(seed);
        private readonly IReadOnlyList<Lead> _visible = PatchedAgent.Draw(fault, Visible, seed + 1);

        public async IAsyncEnumerable<JudgedPatch> JudgeAsync(int each, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (each == 0) yield break;
            var made = await PatchedAgent.MakeAsync(ground.Place(name), fault, _visible, PatchedAgent.Draw(fault, heldOut, seed + 2), server.UrlOf(name), cancellationToken);
            var triaged = await new KintsugiCommand("heal", made.Path, "--seed", (seed % 1_000).ToString(CultureInfo.InvariantCulture), "--until", "triage", "--json").RunAsync(cancellationToken);
            var incident = triaged.Document.GetProperty("incident").GetString()!;
            foreach (var isRight in (bool[])[true, false])
            {
                for (var (done, tries) = (0, 0); done < each; tries++)
                {
                    if (tries > 40 * each) throw new InvalidOperationException($"No {(isRight ? "right" : "bad")} patch of fault '{fault.Name}' is one by its truth.");
                    var patch = isRight ? RightPatches.Draw(fault, _random) : BadPatches.Draw(fault, BadPatches.Kinds[_random.Next(BadPatches.Kinds.Count)], _visible, _random);
                    if (patch is null || await TruthAsync(made, patch, cancellationToken) is not { } unseen) continue;
                    yield return await JudgeAsync(made, incident, patch, unseen.Same, cancellationToken);
                    done++;
                }
            }
        }

        private async Task<JudgedPatch> JudgeAsync(DemoFolder made, string incident, PlantedPatch patch, int? unseen, CancellationToken cancellationToken)
        {
            server.Hand(name, patch);
            var copy = await made.CopyAsync(ground.Place(name + "-copy"), cancellationToken);
            var end = await new KintsugiCommand("incident", "resume", incident, "--dir", copy.Path, "--json").RunAsync(cancellationToken);
            var attempt = end.Document.GetProperty("attempts").EnumerateArray().LastOrDefault(a => a.GetProperty("strategy").GetString() == Writers.Delegate);
            if (attempt.ValueKind == JsonValueKind.Undefined) throw new InvalidDataException($"The patch was not tried: exit {end.ExitStatus}, {end.Error}");
            var passed = attempt.GetProperty("passed").GetBoolean();
            var refusing = attempt.GetProperty("checks").EnumerateArray().FirstOrDefault(c => c.GetProperty("passed").ValueKind == JsonValueKind.False);
            var proposal = end.Document.GetProperty("proposal");
            var isFull = passed && proposal.ValueKind == JsonValueKind.Object && proposal.GetProperty("verification").GetString() == "full";
            copy.Delete();
            return new JudgedPatch(
                patch, heldOut, passed, isFull, passed ? null : refusing.ValueKind == JsonValueKind.Object ? refusing.GetProperty("name").GetString() : "change written",
                attempt.GetProperty("reason").GetString()!, unseen, end.Took, end.Document.GetProperty("cost").GetProperty("agent_runs").GetInt32());
        }

        /// <summary>Asks the patched agent leads that no sample shows.</summary>
        /// <returns>Null where the patch is not of its kind: a right one that differs, or a bad one that neither differs nor breaks a rule.</returns>
        private async Task<(int? Same, bool IsOfKind)?> TruthAsync(DemoFolder made, PlantedPatch patch, CancellationToken cancellationToken)
        {
            if (patch.BreaksARule) return (null, true);
            var asked = fault.IsPrompt ? UnseenInPrompt : UnseenLeads;
            var leads = PatchedAgent.Draw(fault, asked, seed + 3);
            var same = fault.IsPrompt ? await SameInPromptAsync(made, patch, leads, cancellationToken) : await SameInCodeAsync(made, patch, leads, cancellationToken);
            var isRight = fault.IsPrompt ? same >= RightShareInPrompt * asked : same == asked;
            return isRight == patch.IsRight ? (same, true) : null;
        }

        private async Task<int> SameInCodeAsync(DemoFolder made, PlantedPatch patch, IReadOnlyList<Lead> leads, CancellationToken cancellationToken)
        {
            var place = await PatchedAsync(made, patch, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(place.Path, "unseen.jsonl"), string.Concat(leads.Select((l, n) => PatchedAgent.Line(l, $"u{n}", false).Replace("{\"id\"", "{\"epoch\":1,\"id\"", StringComparison.Ordinal))), cancellationToken);
            var said = await KintsugiCommand.HostAsync("sh", ["-c", "cd \"$0\" && python3 -S agent.py < unseen.jsonl || true", place.Path], cancellationToken); // one that stumbles answers fewer
            place.Delete();
            return said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Zip(leads, (line, lead) =>
            {
                var output = JsonDocument.Parse(line).RootElement.GetProperty("output");
                return output.GetProperty("score").GetInt32() == lead.Score && output.GetProperty("tier").GetString() == lead.Tier;
            }).Count(right => right);
        }

        /// <summary>A prompt is followed by a model, so the command itself asks it.</summary>
        private async Task<int> SameInPromptAsync(DemoFolder made, PlantedPatch patch, IReadOnlyList<Lead> leads, CancellationToken cancellationToken)
        {
            var place = await PatchedAsync(made, patch, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(place.Path, "golden/leads.jsonl"), string.Concat(leads.Select((l, n) => PatchedAgent.Line(l, $"unseen-{n}", false))), cancellationToken);
            await KintsugiCommand.HostAsync("git", ["-C", place.Path, "-c", "user.name=Sam", "-c", "user.email=sam@example.com", "commit", "-qam", "Unseen"], cancellationToken);
            var told = await new KintsugiCommand("eval", place.Path, "--json").RunAsync(cancellationToken);
            place.Delete();
            return told.Document.GetProperty("samples").EnumerateArray().Count(s => s.GetProperty("candidate").GetString()![0] == '1');
        }

        private async Task<DemoFolder> PatchedAsync(DemoFolder made, PlantedPatch patch, CancellationToken cancellationToken)
        {
            var place = await made.CopyAsync(ground.Place(name + "-truth"), cancellationToken);
            foreach (var (path, text) in patch.Files) await File.WriteAllTextAsync(Path.Combine(place.Path, path), text, cancellationToken);
            return place;
        }
    }
}
