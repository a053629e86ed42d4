using System.Collections.Concurrent;
using System.Text.Json;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>What the simulated model says next: tool calls, or a final text.</summary>
internal sealed record Reply(string? Text, IReadOnlyList<RequestedCall> Calls);

/// <param name="Arguments">JSON.</param>
internal sealed record RequestedCall(string Tool, string Arguments);

/// <summary>How well a prompt is followed: the model's own skill, and what drift took from it.</summary>
internal sealed record Skill(int RubricLines, Reading Reading, IgnoredLines Ignores)
{
    public IEnumerable<Rule> Follow(IReadOnlyList<Rule> rules) => rules.Take(RubricLines).Where(Follows);

    private bool Follows(Rule rule) => Ignores switch
    {
        IgnoredLines.Additions => rule is not PointsRule { Points: > 0 },
        IgnoredLines.Deductions => rule is not PointsRule { Points: < 0 },
        IgnoredLines.Labels => rule is not LabelRule,
        _ => true,
    };
}

/// <summary>Follows a prompt's tool instructions and rubric over the facts of one conversation. It understands nothing else.</summary>
internal sealed class Interpreter
{
    private const int MaxCached = 128;
    private const int MaxEcho = 400;

    private readonly ConcurrentDictionary<string, Instructions> _read = new(StringComparer.Ordinal);

    /// <param name="misjudgement">Drawn once for an answer that goes wrong; null when the model is at its best.</param>
    public Reply Reply(ChatRequest request, Skill skill, Random? misjudgement)
    {
        var facts = new Facts();
        var instructions = new Instructions([], [], 0, double.NegativeInfinity, double.PositiveInfinity, [], false);
        foreach (var message in request.Messages)
        {
            if (message.Role == "assistant") continue;
            var text = message.Role is "system" or "developer" ? message.Text : Told.Take(message.Text, facts);
            if (message.Role != "tool" && text.Length > 0) instructions = Join(instructions, Read(text));
        }
        var calls = skill.Ignores == IgnoredLines.ToolCalls ? [] : NextCalls(request, instructions, facts, skill.Reading);
        return calls.Count > 0 ? new Reply(null, calls) : new Reply(Final(request, instructions, facts, skill, misjudgement), []);
    }

    private static Instructions Join(Instructions before, Instructions next) =>
        before.IsEmpty && before.Start == 0 ? next : next.IsEmpty && next.Start == 0 ? before : before.Then(next);

    /// <summary>Each distinct prompt is read once. When strangers' prompts fill the cache it is emptied: reading again is cheaper than keeping an order.</summary>
    private Instructions Read(string prompt)
    {
        if (_read.TryGetValue(prompt, out var known)) return known;
        if (_read.Count >= MaxCached) _read.Clear();
        return _read[prompt] = InstructionReader.Read(prompt);
    }

    private static List<RequestedCall> NextCalls(ChatRequest request, Instructions instructions, Facts facts, Reading reading)
    {
        var made = request.Messages.SelectMany(m => m.Calls).ToHashSet(StringComparer.Ordinal);
        var calls = new List<RequestedCall>();
        foreach (var tool in request.Tools)
        {
            if (made.Contains(tool.Name)) continue;
            var told = instructions.Tools.FirstOrDefault(t => t.Name == tool.Name);
            if (request.ForcedTool == tool.Name) calls.Add(new RequestedCall(tool.Name, Arguments(tool, told?.Fields ?? [], facts) ?? "{}"));
            else if (told is not null && told.When?.Holds(facts, reading) != false && Arguments(tool, told.Fields, facts) is { } arguments)
                calls.Add(new RequestedCall(tool.Name, arguments));
        }
        return calls;
    }

    /// <summary>
    /// A parameter is filled from the told field of its own name, else from one that its description names in backticks, else from the told field in its place,
    /// else from a fact of its own name.
    /// </summary>
    /// <returns>Null when fields were told and none of them is known: there is nothing to ask the tool.</returns>
    private static string? Arguments(OfferedTool tool, IReadOnlyList<string> told, Facts facts)
    {
        if (told.Count > 0 && told.All(field => facts.Find(field) is null)) return null;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, ChatReply.Relaxed))
        {
            json.WriteStartObject();
            for (var i = 0; i < tool.Parameters.Count; i++)
            {
                var parameter = tool.Parameters[i];
                var field = told.FirstOrDefault(f => f == parameter.Name)
                    ?? told.FirstOrDefault(f => parameter.Description.Contains($"`{f}`", StringComparison.Ordinal))
                    ?? (i < told.Count ? told[i] : parameter.Name);
                if (facts.Find(field) is not { } value) continue;
                json.WritePropertyName(parameter.Name);
                FinalAnswer.WriteFact(json, value, parameter.Type);
            }
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static string Final(ChatRequest request, Instructions instructions, Facts facts, Skill skill, Random? misjudgement)
    {
        var judged = Judgement.Of(instructions, facts, skill, misjudgement);
        if (request.JsonObject || instructions.WantsJson) return FinalAnswer.Json(request, instructions, facts, judged);
        if (judged.Score is { } score) return FormattableString.Invariant($"Score: {score}. {judged.Reason}");
        if (judged.Labels.Count > 0) return string.Join("\n", judged.Labels.Select(l => $"{l.Key}: {l.Value}"));
        return "Simulated answer, no language model: " + Echo(request);
    }

    /// <summary>The user's last words, shortened: all that is left to say when a prompt has no line that can be followed.</summary>
    public static string Echo(ChatRequest request)
    {
        var last = request.Messages.LastOrDefault(m => m.Role == "user")?.Text.Trim() ?? "";
        return last.Length <= MaxEcho ? last : last[..(char.IsHighSurrogate(last[MaxEcho - 1]) ? MaxEcho - 1 : MaxEcho)];
    }
}
