using System.ClientModel;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Routing;
using Microsoft.Extensions.AI;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>A tool was used in a way that cannot be done. The words go back to the model: what was wrong, and what to do.</summary>
internal sealed class ToolMistakeException(string message) : Exception(message);

/// <summary>What a model may use in a conversation. Each tool is bounded in what it does.</summary>
internal interface IToolBox
{
    IList<AITool> All { get; }

    /// <summary>What the conversation is for, in words that follow "its": `change`, `opinion`.</summary>
    string Work { get; }

    /// <summary>Whether the model has handed it in: then the conversation is over.</summary>
    bool IsHandedIn { get; }
}

/// <summary>One conversation in which a model works with tools until it hands its work in, or has used what it may.</summary>
/// <param name="client">Asks the model; stays the caller's.</param>
/// <param name="calls">Gathers what was asked, to count it.</param>
/// <param name="redaction">Keeps secrets of kintsugi.yaml out of what the model is shown.</param>
internal sealed class Conversation(IChatClient client, SampleCalls calls, IToolBox tools, Redaction redaction, ConversationLimits limits, TimeProvider clock)
{
    /// <summary>Of one use of a tool. The longest, a few samples at once, are bounded by the agent's own time as well.</summary>
    private static readonly TimeSpan LongestTool = TimeSpan.FromMinutes(10);

    private const int MostSteps = 200, LongestAsked = 1_000, LongestAnswered = 2_000, LongestAnswer = 16_000;

    private readonly List<WriterStep> _steps = [];
    private ExceptionDispatchInfo? _world;
    private int _toolCalls;

    /// <summary>What was done, in order.</summary>
    public IReadOnlyList<WriterStep> Steps => _steps;

    /// <summary>How it ended, in words that follow "the model".</summary>
    public string End { get; private set; } = "";

    /// <exception cref="Kintsugi.Models.Roles.ModelUnavailableException">No provider answers, or the budget is spent.</exception>
    /// <exception cref="ClientResultException">The question itself was refused, and not for its length.</exception>
    public async Task RunAsync(string rules, string data, CancellationToken cancellationToken)
    {
        using var tooLong = new CancellationTokenSource(limits.Longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tooLong.Token);
        using var loop = client.AsBuilder().UseFunctionInvocation(configure: Configure).Build();
        List<ChatMessage> messages = [new(ChatRole.System, rules), new(ChatRole.User, redaction.Apply(data))];
        try
        {
            var answer = await loop.GetResponseAsync(messages, new ChatOptions { Tools = tools.All }, either.Token);
            if (End.Length == 0) End = calls.Calls.Count > limits.Turns ? $"used its {limits.Turns} turns" : $"stopped without handing its {tools.Work} in";
            if (!tools.IsHandedIn) Note("says", "", answer.Messages[^1].Text);
        }
        catch (OperationCanceledException) when (tooLong.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            End = $"used its {limits.Longest.TotalMinutes:0.#} minutes";
        }
        catch (ClientResultException) when (calls.Calls is [.., { Refusal: Refusals.ContextLength }])
        {
            End = "ran out of context";
        }
        catch (ClientResultException) when (calls.Calls is [.., { Refusal: Refusals.ContentPolicy }])
        {
            End = "was cut off by its provider's policy";
        }
        catch (Exception e) when (e is ArgumentException or FormatException or JsonException or InvalidOperationException or NotSupportedException) // as the vendors' libraries read an answer; what tools throw is kept apart
        {
            End = "answered in a way that cannot be read";
        }
        _world?.Throw();
    }

    private void Configure(FunctionInvokingChatClient invoking)
    {
        invoking.MaximumIterationsPerRequest = limits.Turns;
        invoking.MaximumConsecutiveErrorsPerRequest = int.MaxValue; // a mistaken call is answered, and counted like any other
        invoking.AllowConcurrentInvocation = false;
        invoking.FunctionInvoker = InvokeAsync;
    }

    private async ValueTask<object?> InvokeAsync(FunctionInvocationContext asked, CancellationToken cancellationToken)
    {
        if (asked.FunctionCallIndex == 0) Note("says", "", asked.Messages.LastOrDefault(m => m.Role == ChatRole.Assistant)?.Text ?? "");
        if (UsedUp() is { } why)
        {
            End = why;
            asked.Terminate = true;
            return "The conversation is over.";
        }
        var answer = Cut(redaction.Apply(await AnswerAsync(asked, cancellationToken)));
        Note(asked.Function.Name, JsonSerializer.Serialize(asked.CallContent.Arguments), answer);
        if (!tools.IsHandedIn && _world is null) return answer;
        End = $"handed its {tools.Work} in";
        asked.Terminate = true;
        return answer;
    }

    private string? UsedUp()
    {
        if (tools.IsHandedIn) return $"handed its {tools.Work} in";
        if (++_toolCalls > limits.ToolCalls) return $"used its {limits.ToolCalls} tool calls";
        return calls.Calls.Sum(c => c.InputTokens + c.OutputTokens) > limits.Tokens ? $"used its {limits.Tokens} tokens" : null;
    }

    /// <summary>A mistake of the model's is answered; what goes wrong besides is the world's, and ends the conversation.</summary>
    private async Task<string> AnswerAsync(FunctionInvocationContext asked, CancellationToken cancellationToken)
    {
        using var tooLong = new CancellationTokenSource(LongestTool, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tooLong.Token);
        foreach (var none in asked.Arguments.Where(a => a.Value is null or JsonElement { ValueKind: JsonValueKind.Null }).Select(a => a.Key).ToList())
            asked.Arguments.Remove(none); // as if it were not there: the default holds, or what is required is missing
        try
        {
            return (await asked.Function.InvokeAsync(asked.Arguments, either.Token))?.ToString() ?? "";
        }
        catch (OperationCanceledException) when (tooLong.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return $"Not done. It took longer than {LongestTool.TotalMinutes:0} minutes. Ask for less.";
        }
        catch (ToolMistakeException e)
        {
            return $"Not done. {e.Message}";
        }
        catch (Exception e) when (e is JsonException or ArgumentException { ParamName: "arguments" }) // as the library binds them
        {
            return $"Not done. The arguments cannot be read ({e.Message}). Send one JSON object as the tool's schema says.";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _world = ExceptionDispatchInfo.Capture(e);
            return "The conversation is over.";
        }
    }

    /// <summary>What a tool says, cut.</summary>
    private static string Cut(string answer) => StrangersText.Block(answer, LongestAnswer, LongestAnswer);

    private void Note(string tool, string asked, string answered)
    {
        if (_steps.Count == MostSteps || (asked.Length == 0 && answered.Length == 0)) return;
        _steps.Add(new WriterStep(tool, StrangersText.OneLine(redaction.Apply(asked), LongestAsked), StrangersText.Block(redaction.Apply(answered), 60, LongestAnswered)));
    }
}
