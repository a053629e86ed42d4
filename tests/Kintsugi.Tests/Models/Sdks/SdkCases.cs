using System.Text;
using System.Text.Json;

namespace Kintsugi.Tests.Models.Sdks;

/// <summary>What every client library is put through, and what must come of it.</summary>
internal static class SdkCases
{
    /// <summary>The smallest PNG: one transparent dot.</summary>
    public const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

    private static readonly string[] TwoTools = ["weather", "clock"];

    /// <summary>What is asked of a provider that is well.</summary>
    public static IEnumerable<SdkCase> Plain() => BothWays(streamed =>
    [
        new("plain", new Ask("text", "héllo", streamed)),
        new("two tools at once", new Ask("text", "What is it like there?", streamed, Tools: TwoTools)),
        new("results of two tools", new Ask("text", "What is it like there, then?", streamed, Tools: TwoTools, Results: ["−3 °C", "noon"])),
        new("an image", new Ask("text", "What is this?", streamed, Image: Png)),
        new("JSON by a schema", new Ask("text", "Where is it cold?", streamed, WantsJson: true)),
        new("an answer cut short by its bound", new Ask("text", "Tell me all.", streamed, MostTokens: VendorReply.ShortAnswer)),
        new("a model that is not there", new Ask("text", "anyone?", streamed, Model: "stub-2"), Status: 404, Words: "The nearest it serves is 'stub-1'") { InRealTime = true },
    ]);

    /// <summary>What libraries ask beside conversations.</summary>
    /// <param name="kinds">Of <see cref="Ask.Kind"/>, those that the library has.</param>
    public static IEnumerable<SdkCase> Others(params string[] kinds) =>
        kinds.SelectMany(kind => kind == "models"
            ? [new SdkCase(kind, new Ask(kind, ""))]
            : new SdkCase[]
            {
                new(kind, new Ask(kind, $"{kind} this")),
                new($"{kind}, and another provider", new Ask(kind, $"[500] {kind} that"), HasSpare: true),
                new($"{kind}, refused", new Ask(kind, $"[400] {kind} all"), Status: 400, Words: "maximum context length|prompt is too long", Asked: 1),
            });

    /// <summary>Each trouble of a provider, lasting, passing, and with another provider behind.</summary>
    /// <param name="readsErrorEvents">Whether the library makes an error of its own of one that a stream reports; else it only notices that the connection broke.</param>
    public static IEnumerable<SdkCase> Troubles(bool readsErrorEvents) => BothWays(streamed =>
    [
        .. Lasting(streamed, "429", 429, "Rate limit reached"),
        .. Lasting(streamed, "429-after", 429, "Rate limit reached"),
        .. Lasting(streamed, "429-ms", 429, "Rate limit reached"),
        .. Lasting(streamed, "500", 500, "The server had an error"),
        .. Lasting(streamed, "529", 529, "Overloaded"),
        .. Lasting(streamed, "cut", 502, "reset the connection|broke off"),
        .. Lasting(streamed, "html", 502, "not in its format"),
        .. Lasting(streamed, "garbage", 502, "not in its format"),
        new("a refused key", new Ask("text", "[401] please", streamed), Status: 401, Words: "refused its key with status 401", Asked: 1),
        new("a refused key, and another provider", new Ask("text", "[401] please, anyone", streamed), HasSpare: true),
        new("too long a question", new Ask("text", "[400] a long story", streamed), Status: 400, Words: "maximum context length|prompt is too long", Asked: 1),
        new("too long a question, and another provider", new Ask("text", "[400] a long story, anyone", streamed), HasSpare: true, Status: 400, Words: "maximum context length|prompt is too long", Asked: 1),
        new("a redirect", new Ask("text", "[redirect] where", streamed), Status: 502, Words: "status 302 and no JSON", Asked: 1),
        new("a redirect, and another provider", new Ask("text", "[redirect] where, anyone", streamed), HasSpare: true),
        new("no answer", new Ask("text", "[stall] wake up", streamed), Status: 504, Words: "did not answer within", Asked: 1) { InRealTime = true },
        new("no answer, and another provider", new Ask("text", "[stall] wake up, anyone", streamed), HasSpare: true) { InRealTime = true },
        new("a byte at a time", new Ask("text", "[drip] slowly 🌍", streamed)),
    ])
    .Concat([
        .. Lasting(false, "half", 502, "broke off"),
        .. Lasting(false, "half-end", 502, "not in its format"),
        .. Lasting(false, "half-event", 502, "broke off"),
        new("ten million letters", new Ask("text", "[large] all of it")),
        new("an answer beyond the bound", new Ask("text", "[too-large] all of it"), Status: 502, Words: "too large", Asked: 1),
        new("an answer beyond the bound, and another provider", new Ask("text", "[too-large] all of it, anyone"), HasSpare: true),
        new("lines that end as in HTTP", new Ask("text", "[crlf] lines", IsStreamed: true)),
        .. Broken("half", readsErrorEvents ? "broke off within its answer" : ""),
        .. Broken("half-end", readsErrorEvents ? "broke off within its answer" : ""),
        .. Broken("half-event", ""), // nothing can be said within an event
        .. Broken("half-stall", readsErrorEvents ? "broke off within its answer" : "").Select(one => one with { InRealTime = true }),
        .. Broken("half-error", readsErrorEvents ? "Overloaded" : ""),
    ]);

    /// <summary>The library asks again by itself, as it does unless told otherwise.</summary>
    /// <param name="givesUpSoon">Whether the library stops asking within seconds.</param>
    public static IEnumerable<SdkCase> OwnRetries(bool givesUpSoon) => BothWays(streamed =>
    [
        new("asked again by the library", new Ask("text", "[500 500 500 500 ok] again", streamed, Retries: null), Asked: 5),
        new("not asked again: too long a question", new Ask("text", "[400] a long story, once", streamed, Retries: null), Status: 400, Words: "maximum context length|prompt is too long", Asked: 1),
        new("not asked again: a refused key", new Ask("text", "[401] please, once", streamed, Retries: null), Status: 401, Words: "refused its key", Asked: 1),
    ])
    .Concat(givesUpSoon ? [new("asked again in vain", new Ask("text", "[429-ms] again and again", Retries: null), Status: 429, Words: "Rate limit reached")] : []);

    /// <summary>The user loses patience.</summary>
    public static IEnumerable<SdkCase> HangUps() =>
    [
        new("hung up before an answer", new Ask("text", "[stall] never mind", HangsUp: "early")),
        new("hung up before a stream", new Ask("text", "[stall] never mind the stream", IsStreamed: true, HangsUp: "early")),
        new("hung up within a stream", new Ask("text", "[half-stall] enough of this", IsStreamed: true, HangsUp: "midway")),
    ];

    /// <summary>Asked twice, the second time answered from the recording.</summary>
    public static IEnumerable<SdkCase> Recorded() => BothWays(streamed =>
    [
        new("recorded", new Ask("text", "[ok 500] remember", streamed), Asked: 1),
        new("recorded tools", new Ask("text", "[ok 500] remember the weather", streamed, Tools: TwoTools), Asked: 1),
    ]);

    /// <summary>What is wrong with how a case came out; null when nothing is.</summary>
    public static string? Judge(SdkCase of, Heard heard, VendorService first, VendorService spare)
    {
        var wrong = of.Ask.HangsUp is not null ? heard.HungUp ? null : "The user could not hang up."
            : of.BreaksOff ? JudgeBroken(heard.Error, of.Words)
            : of.Status is { } status ? JudgeError(heard.Error, status, of.Words)
            : Differs(heard, Right(of.Ask));
        if (wrong is null && heard.Error?.Message.Contains(VendorService.Key, StringComparison.Ordinal) == true) wrong = "The error shows the provider's key.";
        var asked = first.Asked(of.Ask.Text);
        if (wrong is null && of.Asked is { } most && asked != most) wrong = $"The provider was asked {asked} times, not {most}.";
        if (wrong is null && of.BreaksOff && spare.Asked(of.Ask.Text) > 0) wrong = "Another provider was asked after half an answer.";
        return wrong;
    }

    public static string Shown(Heard heard) => heard.HungUp ? "hung up"
        : heard.Error is { } error ? $"{error.Type} {error.Status}{(error.IsTyped ? "" : " (not the library's)")}: {Short(error.Message)}"
        : $"{Short(heard.Text)}{string.Concat(heard.Calls.Select(call => $" {call.Name}{call.Arguments}"))} [{heard.Finish} {heard.InputTokens}/{heard.OutputTokens}]{string.Join(" ", heard.Items)}";

    private static string? JudgeBroken(SdkError? error, string words) =>
        error is null ? "Half an answer must not pass for a whole one."
        : words.Length > 0 && !(error.IsTyped && error.Message.Contains(words, StringComparison.Ordinal)) ? $"The error must be the library's own and say: {words}"
        : null;

    private static string? JudgeError(SdkError? error, int status, string words) =>
        error is null ? $"There must be an error of status {status}."
        : !error.IsTyped ? "The error must be the library's own."
        : error.Status != status ? $"The status must be {status}."
        : !words.Split('|').Any(one => error.Message.Contains(one, StringComparison.Ordinal)) ? $"The message must say: {words}"
        : null;

    private static Heard Right(Ask ask)
    {
        if (ask.Kind != "text") return Heard.Nothing with { Items = ask.Kind switch { "models" => VendorWire.Models, "count" => [$"{VendorReply.InputTokens}"], _ => ["0.5", "-1", "2"] } };
        if (ask.Text.StartsWith("[large]", StringComparison.Ordinal)) return new(VendorService.LongText, [], "stop", VendorReply.InputTokens, VendorReply.OutputTokens);
        string[] images = ask.Image is { } image ? [$"image/png of {Convert.FromBase64String(image).Length} bytes"] : [];
        var results = ask.Results?.Select((result, n) => $"{ask.Tools![n]}: {result}").ToArray() ?? [];
        var reply = VendorReply.Of(ask.Text, images, ask.Tools ?? [], results, ask.WantsJson, ask.MostTokens);
        return new(reply.Text, reply.Calls, reply.Finish, VendorReply.InputTokens, VendorReply.OutputTokens);
    }

    private static string? Differs(Heard heard, Heard right) =>
        heard.Error is not null || heard.HungUp ? $"The answer must be {Shown(right)}"
        : (heard.Text, heard.Finish, heard.InputTokens, heard.OutputTokens) != (right.Text, right.Finish, right.InputTokens, right.OutputTokens) ? $"The answer must be {Shown(right)}"
        : !heard.Items.SequenceEqual(right.Items) ? $"It must be {string.Join(", ", right.Items)}"
        : !heard.Calls.Select(Canonical).SequenceEqual(right.Calls.Select(Canonical)) ? $"The calls must be {string.Join(", ", right.Calls)}"
        : null;

    /// <summary>Ids are each vendor's and library's to choose.</summary>
    private static (string, string) Canonical(ToolCall call) => (call.Name, JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(call.Arguments)));

    private static string Short(string text) => text.Length <= 120 ? text.ReplaceLineEndings(" ") : new StringBuilder(text, 0, 120, 200).Append('…').ToString().ReplaceLineEndings(" ");

    private static IEnumerable<SdkCase> Lasting(bool streamed, string order, int status, string words) =>
    [
        new($"{order}, lasting", new Ask("text", $"[{order}] lasting", streamed), Status: status, Words: words, Asked: 4),
        new($"{order}, passing", new Ask("text", $"[{order} ok] passing", streamed), Asked: 2),
        new($"{order}, and another provider", new Ask("text", $"[{order}] with a spare", streamed), HasSpare: true),
    ];

    private static IEnumerable<SdkCase> Broken(string order, string words) =>
    [
        new($"{order} of a stream", new Ask("text", $"[{order} ok] of a stream", IsStreamed: true), Words: words, Asked: 1) { BreaksOff = true },
        new($"{order} of a stream, and another provider", new Ask("text", $"[{order} ok] of a stream, anyone", IsStreamed: true), HasSpare: true, Words: words, Asked: 1) { BreaksOff = true },
    ];

    private static IEnumerable<SdkCase> BothWays(Func<bool, IEnumerable<SdkCase>> cases) =>
        cases(false).Select(one => Named(one, "whole")).Concat(cases(true).Select(one => Named(one, "streamed")));

    /// <summary>Equal questions would share their count of askings.</summary>
    private static SdkCase Named(SdkCase one, string way) => one with { Name = $"{one.Name} ({way})", Ask = one.Ask with { Text = $"{one.Ask.Text} ({way})" } };
}
