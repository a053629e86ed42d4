using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets.Proposing;
using Kintsugi.Models.Cassettes;
using Kintsugi.Sandbox;

namespace Kintsugi.Cli.Verbs;

/// <summary>Has a person say which proposals become gold.</summary>
internal static class DatasetReview
{
    public static Verb Command()
    {
        var options = new Options(
            Edge.AgentDirectory(),
            Ids("--approve", "Approve these, as they are."),
            Ids("--refuse", "Refuse these: their inputs are never proposed again."),
            new Option<string?>("--correct") { Description = "Approve this one with the target of --target.", HelpName = "ID" },
            new Option<string?>("--target") { Description = "With --correct: the right answer, JSON or words; a file's where one of that name exists.", HelpName = "FILE" },
            new Option<string?>("--into") { Description = "Which of the agent's dataset files takes what is approved. Default: the first.", HelpName = "FILE" },
            new Option<bool>("--list") { Description = "Only list what waits." },
            Edge.Json());
        return new Verb("review", "Shows what is proposed for the dataset, one after the other, and asks: approve, correct, refuse, later. What is approved is put at the end of the dataset file, to be read once more and committed.")
        {
            Arguments = { options.Directory },
            Options = { options.Approve, options.Refuse, options.Correct, options.Target, options.Into, options.List, options.Json },
            Writes = "lines at the end of the dataset file, and the decisions in .kintsugi/kintsugi.db",
            Examples =
            [
                ("kintsugi dataset review", "one after the other; c opens $EDITOR on the target"),
                ("kintsugi dataset review --list", "what waits"),
                ("kintsugi dataset review --approve 1a2b3c4d5e --refuse 5e4d3c2b1a", "without a terminal"),
                ("kintsugi dataset review --correct 1a2b3c4d5e --target '{\"tier\":\"hot\"}'", "with the right answer"),
            ],
            Exits = [(ExitStatus.Ok, "done, also where nothing was decided")],
        }.Does((parsed, cancellationToken) => RunAsync(parsed, options, cancellationToken));

        static Option<string[]> Ids(string name, string description) => new(name) { Description = description, HelpName = "ID", AllowMultipleArgumentsPerToken = true };
    }

    private static async Task<int> RunAsync(ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(parsed.GetValue(options.Directory)!, "HEAD", false, CassetteMode.Replay, cancellationToken);
        var store = new ProposalStore(workspace.Database, workspace.Clock);
        var agent = workspace.Agent.Name;
        var (approve, refuse, correct) = (parsed.GetValue(options.Approve) ?? [], parsed.GetValue(options.Refuse) ?? [], parsed.GetValue(options.Correct));
        if ((correct is null) != (parsed.GetValue(options.Target) is null)) throw new UsageException("--correct and --target go together: say which one, and its right answer.");
        var named = approve.Length + refuse.Length > 0 || correct is not null;
        var json = parsed.GetValue(options.Json);
        List<string> added = [];
        if (named)
        {
            var review = await ReviewAsync("command");
            List<Proposal> approved = [.. approve.Select(Find)], refused = [.. refuse.Select(Find)];
            if (approved.Select(p => p.Id).Intersect(refused.Select(p => p.Id)).FirstOrDefault() is { } both) throw new UsageException($"{both[..10]} is to be approved and refused. Say one of them.");
            if (correct is not null && await review.ApproveAsync(Find(correct), Target(parsed.GetValue(options.Target)!), cancellationToken) is { } corrected) added.Add(corrected);
            foreach (var proposal in approved)
                if (await review.ApproveAsync(proposal, null, cancellationToken) is { } id) added.Add(id);
            refused.ForEach(review.Refuse);
            if (!json) Console.Out.WriteLine($"{added.Count} added to the dataset{(added.Count > 0 ? $": {string.Join(", ", added)}" : "")}; {refused.Count} refused. {Next(added.Count)}");
        }
        var open = store.List(agent, ProposalState.Open);
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new ReviewDocument(added, [.. open.Select(ProposalRow.Of)]), HealDocument.Json));
        }
        else if (parsed.GetValue(options.List) || (open.Count == 0 && !named))
        {
            foreach (var proposal in open) Console.Out.WriteLine(ProposalScreen.Line(proposal));
            if (open.Count == 0) Console.Out.WriteLine("Nothing waits. `kintsugi dataset from-traces` proposes cases.");
        }
        else if (!named)
        {
            var said = await (await ReviewAsync("terminal")).AskAsync(open, Console.In, Console.Out, EditAsync, cancellationToken);
            Console.Out.WriteLine($"{said.Approved} approved, {said.Corrected} corrected, {said.Refused} refused. {Next(said.Approved + said.Corrected)}");
        }
        return ExitStatus.Ok;

        async Task<ProposalReview> ReviewAsync(string by)
        {
            var gold = await WorkTreeGold.ReadAsync(workspace, cancellationToken);
            return new ProposalReview(store, agent, gold, gold.Place(parsed.GetValue(options.Into)), await workspace.ScorersAsync(cancellationToken), by);
        }

        Proposal Find(string id) => store.Find(agent, id) switch
        {
            [{ State: ProposalState.Open } only] => only,
            [var decided] => throw new UsageException($"{decided.ShortId} is {decided.State.ToString().ToLowerInvariant()} already. `kintsugi dataset review --list` shows what waits."),
            [] => throw new UsageException($"there is no proposal '{Text.Plain(id, 70)}'. `kintsugi dataset review --list` shows what waits."),
            var several => throw new UsageException($"'{Text.Plain(id, 70)}' may be {string.Join(" or ", several.Select(p => p.Id[..16]))}. Write more of it."),
        };
    }

    private static string Next(int added) => added == 0 ? "" : "Read them once more and commit the dataset. `kintsugi heal` then tells whether this version fails what a better one passed; only where it does not, run `kintsugi bless`.";

    private static JsonElement Target(string given) => ProposalReview.ReadTarget(File.Exists(given) ? File.ReadAllText(given) : given)
        ?? throw new UsageException("what --target gives begins like JSON and is none, or says nothing. Correct it.");

    /// <summary>The file is where only this user reads, and is gone afterwards.</summary>
    private static async Task<string?> EditAsync(string text, CancellationToken cancellationToken)
    {
        if (HostEditor.Of(Environment.GetEnvironmentVariable) is not { } editor)
        {
            Console.Out.WriteLine("No editor is named: set EDITOR, or write the answer on the line.");
            return null;
        }
        using var scratch = Scratch.Create();
        var file = Path.Combine(scratch.Directory("target"), "target.json");
        await File.WriteAllTextAsync(file, text + "\n", cancellationToken);
        return await HostEditor.EditAsync(editor, file, cancellationToken) ? await File.ReadAllTextAsync(file, cancellationToken) : null;
    }

    private sealed record Options(
        Argument<string> Directory, Option<string[]> Approve, Option<string[]> Refuse, Option<string?> Correct, Option<string?> Target, Option<string?> Into, Option<bool> List, Option<bool> Json);
}
