using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kintsugi.Tests.Models.Outage;

/// <summary>How a call fails.</summary>
internal enum OutageFault
{
    None = 0,
    RateLimit = 1,
    Error = 2,
    Stall = 3,
    Cut = 4,
    Garbage = 5,
}

/// <summary>One answer that went out whole.</summary>
internal sealed record BilledAnswer(int Number, decimal Usd, bool TellsUsage);

/// <summary>A service on loopback that fails a share of its calls, each by what seed, question and attempt say, and bills what it answers whole.</summary>
/// <param name="failing">Share of calls, in [0, 1].</param>
/// <param name="ways">How they fail, equally often.</param>
internal sealed class OutageStub(int seed, double failing, IReadOnlyList<OutageFault> ways) : IAsyncDisposable
{
    public static readonly IReadOnlyList<OutageFault> AllWays = [OutageFault.RateLimit, OutageFault.Error, OutageFault.Stall, OutageFault.Cut, OutageFault.Garbage];

    private const int Pieces = 8;

    private readonly ConcurrentDictionary<int, int> _attempts = new();
    private readonly ConcurrentQueue<BilledAnswer> _bill = new();
    private readonly ConcurrentQueue<OutageFault> _faults = new();
    private readonly WebApplication _app = Build();

    public Uri Url => new($"{_app.Urls.Single()}/v1");

    /// <summary>Calls by number of the question.</summary>
    public IReadOnlyDictionary<int, int> Attempts => _attempts;

    public IReadOnlyCollection<BilledAnswer> Bill => _bill;

    public IReadOnlyCollection<OutageFault> Faults => _faults;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _app.Run(ServeAsync);
        return _app.StartAsync(cancellationToken);
    }

    /// <summary>Ends when no call is served any more: from then on the bill is complete.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var question = OutageQuestion.Read(body.ToArray());
        var random = OutageQuestion.Seeded(seed, question.Number, _attempts.AddOrUpdate(question.Number, 1, (_, n) => n + 1));
        var fault = random.NextDouble() < failing ? ways[random.Next(ways.Count)] : OutageFault.None;
        _faults.Enqueue(fault);
        await (fault switch
        {
            OutageFault.None => AnswerAsync(context, question),
            OutageFault.RateLimit => SendAsync(context, 429, "application/json", """{"error":{"message":"slower","type":"rate_limit","code":null}}"""),
            OutageFault.Error => SendAsync(context, 500, "application/json", """{"error":{"message":"no","type":"server_error","code":null}}"""),
            OutageFault.Stall => StallAsync(context),
            OutageFault.Cut => CutAsync(context, question, random.Next(1, Pieces), isReset: random.Next(2) == 0),
            _ => GarbageAsync(context, question.IsStreamed, random.Next(4)),
        });
    }

    private static Task StallAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        context.RequestAborted.Register(gone.SetResult);
        return gone.Task;
    }

    private static Task GarbageAsync(HttpContext context, bool isStreamed, int kind) => kind switch
    {
        0 => SendAsync(context, 200, "text/html", "<h1>Welcome</h1>"),
        1 => SendAsync(context, 200, "application/json", """{"choices":[{"index":0,"mess"""),
        2 when isStreamed => SendAsync(context, 200, "text/event-stream", "data: %%% noise %%%\n\ndata: }{\n\n"),
        _ => SendAsync(context, 200, "application/json", "[1, 2, 3]"),
    };

    private async Task AnswerAsync(HttpContext context, OutageQuestion question)
    {
        if (question.IsStreamed)
        {
            await StreamAsync(context, question, Pieces);
            await EndAsync(context, question);
        }
        else
        {
            await SendAsync(context, 200, "application/json", Completion(question));
        }
        _bill.Enqueue(new BilledAnswer(question.Number, question.Usd, question.TellsUsage));
    }

    /// <summary>Breaks the connection after some of the pieces. A reset may overtake what was sent before it, an early end does not.</summary>
    private static async Task CutAsync(HttpContext context, OutageQuestion question, int pieces, bool isReset)
    {
        if (question.IsStreamed)
        {
            await StreamAsync(context, question, pieces);
        }
        else
        {
            var body = Completion(question);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await WriteAsync(context, body[..(body.Length * pieces / Pieces)]);
        }
        if (!isReset) throw new EndOfStreamException("Broken off on purpose: Kestrel closes the connection and writes no end.");
        context.Abort();
    }

    private static async Task StreamAsync(HttpContext context, OutageQuestion question, int pieces)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        foreach (var piece in question.Answer.Chunk(question.Answer.Length / Pieces).Take(pieces))
            await WriteAsync(context, Event($$"""[{"index":0,"delta":{"content":"{{new string(piece)}}"},"finish_reason":null}]""", null));
    }

    private static async Task EndAsync(HttpContext context, OutageQuestion question)
    {
        await WriteAsync(context, Event("""[{"index":0,"delta":{},"finish_reason":"stop"}]""", null));
        if (question.TellsUsage) await WriteAsync(context, Event("[]", Usage(question)));
        await WriteAsync(context, "data: [DONE]\n\n");
        await context.Response.CompleteAsync();
    }

    private static async Task SendAsync(HttpContext context, int status, string contentType, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await WriteAsync(context, body);
        await context.Response.CompleteAsync();
    }

    private static async Task WriteAsync(HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(text), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static string Completion(OutageQuestion question) =>
        $$"""{"id":"c{{question.Number}}","object":"chat.completion","created":1,"model":"stub-1","choices":[{"index":0,"message":{"role":"assistant","content":"{{question.Answer}}"},"finish_reason":"stop"}],"usage":{{Usage(question)}}}""";

    private static string Event(string choices, string? usage) =>
        $$"""data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"stub-1","choices":{{choices}}{{(usage is null ? "" : $",\"usage\":{usage}")}}}""" + "\n\n";

    private static string Usage(OutageQuestion question) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"prompt_tokens":{{question.Tokens.Input}},"completion_tokens":{{question.Tokens.Output}}}""");

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder.Build();
    }
}
