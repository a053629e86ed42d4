using System.ClientModel;
using System.Text.Json;
using Kintsugi.Models.Roles;
using Kintsugi.Models.Routing;
using Kintsugi.Storage;
using Microsoft.Extensions.AI;

namespace Kintsugi.Evaluation.Scorers.Judging;

/// <summary>What one model said of one answer.</summary>
/// <param name="AsGiven">Null where no verdict could be read.</param>
/// <param name="Swapped">Of a pair, in the numbering of <paramref name="AsGiven"/>: the verdict with the answers exchanged.</param>
internal sealed record JudgeOpinion(JudgeReply? AsGiven, JudgeReply? Swapped);

/// <summary>One model that judges.</summary>
/// <param name="scorer">As errors name it.</param>
/// <param name="role">By whose route it is asked.</param>
internal sealed class ModelJudge(string scorer, string role, JudgePrompt prompt, bool pair, JudgeSource source)
{
    /// <summary>Room for a model that thinks aloud before it answers.</summary>
    private const int MostTokens = 4096;

    private static readonly AdditionalPropertiesDictionary StrictSchema = new() { ["strict"] = true };

    /// <summary>Services that know no schemas refuse the first question that has one (DeepSeek does); then plain JSON is asked for, as the instructions do anyway.</summary>
    private volatile bool _knowsNoSchemas;

    /// <exception cref="ScorerException">No model answered.</exception>
    public async Task<JudgeOpinion> JudgeAsync(JudgeQuestion question, ScorerCalls calls, CancellationToken cancellationToken)
    {
        using var client = source.Client(calls.As(role));
        if (!pair) return new JudgeOpinion(await AskAsync(client, prompt.Ask(question), JudgeReply.Score, cancellationToken), null);
        return new JudgeOpinion(
            await AskAsync(client, prompt.Compare(question, swapped: false), text => JudgeReply.Preference(text, swapped: false), cancellationToken),
            await AskAsync(client, prompt.Compare(question, swapped: true), text => JudgeReply.Preference(text, swapped: true), cancellationToken));
    }

    /// <summary>Asks, and once more where the reply cannot be read.</summary>
    private async Task<JudgeReply?> AskAsync(IChatClient client, string data, Func<string, JudgeReply?> read, CancellationToken cancellationToken) =>
        read(await AskAsync(client, data, again: false, cancellationToken)) ?? read(await AskAsync(client, data, again: true, cancellationToken));

    private async Task<string> AskAsync(IChatClient client, string data, bool again, CancellationToken cancellationToken)
    {
        ChatMessage[] messages = [new(ChatRole.System, prompt.System(again)), new(ChatRole.User, data)];
        try
        {
            if (_knowsNoSchemas) return (await client.GetResponseAsync(messages, Options(ChatResponseFormat.Json), cancellationToken)).Text;
            try
            {
                return (await client.GetResponseAsync(messages, Options(ChatResponseFormat.ForJsonSchema(JudgePrompt.SchemaOf(pair), "verdict")), cancellationToken)).Text;
            }
            catch (ClientResultException e) when (e.Status is 400 or 422)
            {
                var text = (await client.GetResponseAsync(messages, Options(ChatResponseFormat.Json), cancellationToken)).Text;
                _knowsNoSchemas = true; // only now: what was refused for another reason is refused again
                return text;
            }
        }
        catch (ModelUnavailableException e)
        {
            throw new ScorerException(scorer, $"{e.Fault}: {e.Message}", e);
        }
        catch (ClientResultException e)
        {
            throw new ScorerException(scorer, $"refused: the model would not take the question (status {e.Status}): {Shown.Word(e.Message, 200)} Ask another by models.roles.judge.", e);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException or KeyNotFoundException) // how the SDK reports an answer that is none
        {
            throw new ScorerException(scorer, $"{Faults.Garbage}: the model's answer is not in the format: {Shown.Word(e.Message, 200)}", e);
        }
    }

    private static ChatOptions Options(ChatResponseFormat format) =>
        new() { Temperature = 0, MaxOutputTokens = MostTokens, ResponseFormat = format, AdditionalProperties = StrictSchema };
}
