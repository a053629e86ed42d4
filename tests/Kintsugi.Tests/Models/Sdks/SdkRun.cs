using System.Text;
using Kintsugi.Models;

namespace Kintsugi.Tests.Models.Sdks;

/// <summary>Asks through a client library, as many at once as it likes.</summary>
/// <returns>One for each that was asked, in order.</returns>
internal delegate Task<IReadOnlyList<Heard>> SdkUser(Uri gateway, IReadOnlyList<SeatedAsk> asks);

/// <param name="Key">The placeholder that names the seat.</param>
/// <param name="Arrival">Answers once the question has come to the vendor.</param>
internal sealed record SeatedAsk(string Key, Ask Ask, Uri Arrival);

/// <summary>Puts a client library through cases and says of each how it came out.</summary>
internal static class SdkRun
{
    public static async Task AssertAsync(SdkUser user, VendorKind vendor, IEnumerable<SdkCase> cases)
    {
        SdkCase[] all = [.. cases];
        await using var stage = await SdkStage.StartAsync(vendor);
        SeatedAsk[] asks = [.. all.Select(one => new SeatedAsk(stage.Seat(one), one.Ask, stage.First.ArrivalOf(one.Ask.Text)))];

        var heard = await user(stage.Url, asks);

        foreach (var one in all.Where(one => one.Ask.HangsUp is not null)) await stage.First.HungUpAsync(one.Ask.Text).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await stage.StopAsync();
        Assert.Equal(all.Length, heard.Count);
        Report([.. all.Select((one, n) => (one, heard[n], SdkCases.Judge(one, heard[n], stage.First, stage.Spare) ?? JudgeCalls(one, stage.Calls(asks[n].Key))))]);
        Assert.Empty(stage.First.Elsewhere);
    }

    /// <summary>Asks each twice; what is heard the second time comes from the recording and is the same.</summary>
    public static async Task AssertRecordedAsync(SdkUser user, VendorKind vendor, IEnumerable<SdkCase> cases)
    {
        SdkCase[] all = [.. cases];
        await using var stage = await SdkStage.StartAsync(vendor);
        var live = await user(stage.Url, [.. all.Select(one => new SeatedAsk(stage.Seat(one), one.Ask, stage.First.ArrivalOf(one.Ask.Text)))]);
        SeatedAsk[] again = [.. all.Select(one => new SeatedAsk(stage.Seat(one, Recall.Recorded), one.Ask, stage.First.ArrivalOf(one.Ask.Text)))];

        var recorded = await user(stage.Url, again);

        Report([.. all.Select((one, n) => (one, recorded[n], SdkCases.Judge(one, live[n], stage.First, stage.Spare) ?? SdkCases.Judge(one, recorded[n], stage.First, stage.Spare)))]);
        Assert.All(again, one => Assert.True(Assert.Single(stage.Calls(one.Key)).Replayed));
    }

    /// <summary>What the sample's log says of it: one call for each question of the library, that of a user who hung up with status 499.</summary>
    private static string? JudgeCalls(SdkCase one, IReadOnlyList<RecordedCall> calls) =>
        calls.Count == 0 ? "No call is in the log."
        : one.Ask.HangsUp is not null && calls is not [{ Answer.Status: 499, Fault: null }] ? $"The call must be logged as hung up, not {calls[0].Answer.Status} {calls[0].Fault}."
        : one is { Status: null, BreaksOff: false, Ask.HangsUp: null } && calls[^1] is not { Fault: null, Answer.Status: 200 } ? $"The call must be logged as answered, not {calls[^1].Answer.Status} {calls[^1].Fault}."
        : one.BreaksOff && calls.Any(call => call.Fault is null) ? "The broken call must be logged as a fault."
        : null;

    private static void Report(IReadOnlyList<(SdkCase Case, Heard Heard, string? Wrong)> outcomes)
    {
        var table = new StringBuilder();
        foreach (var (one, heard, wrong) in outcomes) table.AppendLine($"{(wrong is null ? "  " : "✗ ")}{one.Name,-60} {SdkCases.Shown(heard)}{(wrong is null ? "" : $"\n      {wrong}")}");
        TestContext.Current.TestOutputHelper?.WriteLine(table.ToString());
        Assert.True(outcomes.All(outcome => outcome.Wrong is null), table.ToString());
    }
}
