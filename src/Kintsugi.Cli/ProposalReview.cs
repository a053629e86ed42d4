using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Datasets.Proposing;
using Kintsugi.Evaluation.Scorers;

namespace Kintsugi.Cli;

/// <summary>Brings what a person says of proposals into the dataset file, then into the store: a process that dies between the two leaves a proposal that is gold already, which is seen.</summary>
internal sealed class ProposalReview(ProposalStore store, string agent, WorkTreeGold gold, GoldPlace into, IReadOnlyList<IScorer> scorers, string by)
{
    /// <summary>Appends the sample and notes the decision.</summary>
    /// <param name="corrected">Null takes the proposal's own target.</param>
    /// <returns>The sample's id; null when gold had the input already.</returns>
    /// <exception cref="Verbs.UsageException">The sample lacks what a scorer needs.</exception>
    public async Task<string?> ApproveAsync(Proposal proposal, JsonElement? corrected, CancellationToken cancellationToken)
    {
        var state = corrected is null ? ProposalState.Approved : ProposalState.Corrected;
        string? id = null;
        if (!gold.HasInput(proposal.Id))
        {
            var sample = proposal.Sample;
            var draft = new SampleDraft($"trace-{proposal.ShortId}", sample.Input, corrected ?? sample.Target, sample.Tags, sample.Family, false, null);
            if (Lacking(draft) is { } lacking) throw new Verbs.UsageException(lacking);
            id = await gold.AddAsync(into, draft, cancellationToken);
        }
        store.Decide(agent, proposal.Id, state, by);
        return id;
    }

    public void Refuse(Proposal proposal) => store.Decide(agent, proposal.Id, ProposalState.Refused, by);

    /// <summary>One after the other, until all are answered, the person leaves, or there is nothing more to read.</summary>
    /// <param name="edit">Opens an editor on a text; null where it was left without a change to be kept.</param>
    public async Task<ReviewCounts> AskAsync(
        IReadOnlyList<Proposal> open, TextReader input, TextWriter output, Func<string, CancellationToken, Task<string?>> edit, CancellationToken cancellationToken)
    {
        var counts = new ReviewCounts(0, 0, 0);
        foreach (var (i, proposal) in open.Index())
        {
            ProposalScreen.Write(output, proposal, i + 1, open.Count);
            JsonElement? corrected = null;
            for (var asked = true; asked;)
            {
                output.Write("[a]pprove  [c]orrect  [r]efuse  [l]ater  [q]uit > ");
                switch ((await input.ReadLineAsync(cancellationToken))?.Trim().ToLowerInvariant())
                {
                    case null or "q" or "quit":
                        output.WriteLine();
                        return counts;
                    case "a" or "approve":
                        asked = !await TryApproveAsync();
                        if (!asked) counts = counts with { Approved = counts.Approved + 1 };
                        break;
                    case "c" or "correct":
                        corrected = await CorrectedAsync(proposal, input, output, edit, cancellationToken);
                        asked = corrected is null || !await TryApproveAsync();
                        if (!asked) counts = counts with { Corrected = counts.Corrected + 1 };
                        break;
                    case "r" or "refuse":
                        Refuse(proposal);
                        counts = counts with { Refused = counts.Refused + 1 };
                        asked = false;
                        break;
                    case "l" or "later":
                        asked = false;
                        break;
                }
            }

            async Task<bool> TryApproveAsync()
            {
                try
                {
                    var id = await ApproveAsync(proposal, corrected, cancellationToken);
                    output.WriteLine(id is null ? "The dataset has this input already." : $"Added to {into.Name} as {id}.");
                    return true;
                }
                catch (Verbs.UsageException e)
                {
                    output.WriteLine(Text.Plain(e.Message));
                    return false;
                }
            }
        }
        return counts;
    }

    private static async Task<JsonElement?> CorrectedAsync(
        Proposal proposal, TextReader input, TextWriter output, Func<string, CancellationToken, Task<string?>> edit, CancellationToken cancellationToken)
    {
        output.Write("The right answer, on one line (JSON, or words); nothing opens your editor > ");
        var line = (await input.ReadLineAsync(cancellationToken))?.Trim();
        if (line is null) return null;
        var text = line.Length > 0 ? line : await edit(proposal.Sample.Target is { } target ? ProposalScreen.Indented(target) : "", cancellationToken);
        if (text is null) return null;
        if (ReadTarget(text) is { } read) return read;
        output.WriteLine("That begins like JSON and is none, or says nothing. Write it again.");
        return null;
    }

    /// <summary>JSON where it is, words where it does not begin like it; null for what is neither.</summary>
    public static JsonElement? ReadTarget(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            _ = CanonicalJson.Hash(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Null ? null : document.RootElement.Clone();
        }
        catch (JsonException)
        {
            var words = text.Trim();
            return words.Length == 0 || words[0] is '{' or '[' or '"' ? null : JsonSerializer.SerializeToElement(words);
        }
    }

    private string? Lacking(SampleDraft draft)
    {
        var sample = new Sample(draft.Id!, draft.Input, draft.Target, draft.Tags, draft.Family, false, false, "");
        var lacks = scorers.Select(s => s.Lacks(sample)).OfType<string>().FirstOrDefault();
        return lacks is null ? null : $"Sample '{sample.Id}' {lacks} Correct its target.";
    }
}

/// <summary>What a person said.</summary>
internal sealed record ReviewCounts(int Approved, int Corrected, int Refused);
