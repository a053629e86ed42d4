using System.Globalization;
using System.Text.Json.Nodes;
using Kintsugi.Tracing;

namespace Kintsugi.Tests.Evaluation.Datasets.Proposing;

/// <summary>Traces of an agent that answers tickets, with kinds of failure planted among them, and the same tickets again in other words.</summary>
/// <param name="Clusters">Kinds of failure that were planted: trace ids of each.</param>
/// <param name="Repeats">Near-duplicates: the trace's id, and the id of the one it repeats.</param>
public sealed record PlantedTraces(IReadOnlyList<Trace> Traces, IReadOnlyList<IReadOnlySet<string>> Clusters, IReadOnlyDictionary<string, string> Repeats)
{
    private const string Rules =
        "You are the support desk's assistant. Answer from the handbook only. Never promise a refund above 100 euros. Be polite, be short, and name the article of the handbook that you rely on. "
        + "If the question is not about our products, say so and stop. Answer in the language of the question. Do not guess order numbers.";

    private static readonly string[] Topics =
    [
        "refund of a cancelled flight", "login fails after the password reset", "invoice shows the wrong tax rate", "parcel arrived with a broken screen", "upgrade of the subscription plan",
        "export of all contacts as a spreadsheet", "webhook deliveries stopped overnight", "two-factor code never arrives", "merge of duplicate customer accounts", "discount voucher is refused",
        "battery drains within an hour", "address change for a running order", "printer driver crashes on start", "calendar invitations show another time zone", "video call has no sound",
        "data deletion under privacy law", "late delivery compensation", "gift card balance is missing", "search returns no results in german", "import of a legacy backup archive",
        "api key was leaked on a forum", "charged twice for one purchase", "mobile app freezes on the map", "tickets assigned to the wrong team", "report totals do not add up",
        "warranty claim for a coffee machine", "seat reservation was lost", "newsletter cannot be unsubscribed", "currency conversion rounding", "dark mode makes text unreadable",
    ];

    private static readonly string[] Fillers =
    [
        "please help", "this is urgent", "since yesterday", "on my laptop", "for the third time", "my colleague sees it too", "I tried twice", "after the latest update", "in the evening", "from the office",
        "with the premium plan", "on a phone", "before the weekend", "for a customer of ours", "as an administrator", "in the test account", "over the hotel network", "since I moved", "with the new browser", "at checkout",
        "during the demo", "without any message", "only sometimes", "every single day", "when I press save", "behind a proxy", "with a guest account", "after midnight", "on the old tablet", "in the second step",
    ];

    private static readonly (string Tool, string Type, string Message)[] Errors =
    [
        ("crm_lookup", "HTTPError", "HTTP 503 from https://crm.example.com/v1/contacts/{0}"), ("crm_lookup", "KeyError", "'email' missing in contact {0}"), ("refund", "ValueError", "amount {0} exceeds the limit"),
        ("", "JSONDecodeError", "Expecting ',' delimiter: line 1 column {0}"), ("search", "TimeoutError", "timed out after {0} ms"), ("", "RateLimitError", "status 429: retry in {0} s"),
        ("calendar", "HTTPError", "HTTP 404 for event {0}"), ("", "ValidationError", "field tier must be one of 'hot', 'cold'; got 'x{0}'"), ("mailer", "SMTPError", "mailbox {0} unavailable"), ("", "RecursionError", "graph stopped after {0} steps"),
        ("", "", ""), ("warehouse", "SQLError", "no such column: stock_{0}"),
    ];

    /// <param name="count">Traces in all.</param>
    /// <param name="clusters">Kinds of failure: every error on two or three topics, as far as they reach; at most 36.</param>
    /// <param name="outage">Share of the traces that fail alike on every topic; not among the planted clusters.</param>
    public static PlantedTraces Draw(int count, int clusters, int seed, double outage = 0)
    {
        var random = new Random(seed);
        var (errors, topics) = (Errors.ToArray(), Topics.ToArray());
        random.Shuffle(errors);
        random.Shuffle(topics);
        List<Trace> traces = [];
        List<HashSet<string>> planted = [];
        var repeats = new Dictionary<string, string>();
        for (var c = 0; c < clusters; c++)
        {
            // Every error on up to three topics; sizes from 2 to dozens, as long tails are.
            var (error, topic) = (errors[c % errors.Length], topics[(c * 7) % topics.Length]);
            var size = 2 + (int)(Math.Pow(random.NextDouble(), 3) * count * (0.6 - outage) / clusters);
            planted.Add([.. Enumerable.Range(0, size).Select(_ => Add(topic, error).Id)]);
        }
        for (var i = 0; i < outage * count; i++) Add(topics[random.Next(topics.Length)], ("gateway", "HTTPError", "HTTP 502 from upstream {0}"));
        while (traces.Count < count * 0.8) Add(topics[random.Next(topics.Length)], null);
        var originals = traces.ToList();
        while (traces.Count < count)
        {
            var original = originals[random.Next(originals.Count)];
            var again = original with { Id = Id(), Operations = [.. original.Operations.Select(o => o.Input is null ? o : o with { Input = Again(o.Input, random) })] };
            traces.Add(again);
            repeats[again.Id] = original.Id;
            planted.Find(p => p.Contains(original.Id))?.Add(again.Id);
        }
        var shuffled = traces.ToArray();
        random.Shuffle(shuffled);
        return new PlantedTraces(shuffled, planted, repeats);

        string Id() => new([.. Enumerable.Range(0, 32).Select(_ => "0123456789abcdef"[random.Next(16)])]);

        Trace Add(string topic, (string Tool, string Type, string Message)? error)
        {
            var said = random.GetItems(Fillers, 5);
            var input = new JsonObject
            {
                ["request_id"] = Id(),
                ["messages"] = new JsonArray(
                    new JsonObject { ["role"] = "system", ["content"] = Rules },
                    new JsonObject { ["role"] = "user", ["content"] = $"{topic}, {said[0]}, {said[1]} and {said[2]}; {said[3]} {said[4]}" }),
            };
            var wrong = error is { } e
                ? new OperationError(e.Type, string.Format(CultureInfo.InvariantCulture, e.Message, random.Next(100, 99_999)))
                : null;
            var root = new Operation("r", null, "request", DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1), wrong, input, wrong is null ? new JsonObject { ["answer"] = topic } : null, TraceDialect.Plain, []);
            Operation[] tools = error is { Tool.Length: > 0 } failed
                ? [new ToolOperation("t", "r", failed.Tool, DateTimeOffset.UnixEpoch, null, wrong, null, null, TraceDialect.Plain, [], failed.Tool, null)]
                : [];
            var trace = new Trace(Id(), "desk", $"1.{random.Next(3)}", [root, .. tools]);
            traces.Add(trace);
            return trace;
        }
    }

    /// <summary>Another request id, and what a person changes who sends a thing twice: capitals, a blank, an exclamation mark, one mistyped word.</summary>
    private static JsonObject Again(JsonNode input, Random random)
    {
        var copy = input.DeepClone().AsObject();
        copy["request_id"] = new string([.. Enumerable.Range(0, 32).Select(_ => "0123456789abcdef"[random.Next(16)])]);
        var user = copy["messages"]![1]!;
        var text = user["content"]!.GetValue<string>();
        user["content"] = random.Next(4) switch
        {
            0 => text.ToUpperInvariant(),
            1 => $"  {text} !!",
            2 => text.Replace(", ", " - ", StringComparison.Ordinal),
            _ => string.Concat(text.AsSpan(0, text.Length / 2), "x", text.AsSpan(text.Length / 2)),
        };
        return copy;
    }
}
