namespace Kintsugi.Tests.Models.Sdks;

/// <summary>A person with a library of .NET: asks, hangs up where that is the case, and tells errors apart.</summary>
internal abstract class DotNetUser
{
    private const int AtOnce = 16;

    public async Task<IReadOnlyList<Heard>> AskAllAsync(Uri gateway, IReadOnlyList<SeatedAsk> asks)
    {
        var heard = new Heard[asks.Count];
        await Parallel.ForAsync(0, asks.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken }, async (n, token) =>
            heard[n] = await AskAsync(gateway, asks[n], token));
        return heard;
    }

    /// <param name="begun">To be called when the first piece of text has come.</param>
    protected abstract Task<Heard> AskAsync(Uri gateway, string key, Ask ask, Action begun, CancellationToken cancellationToken);

    /// <returns>Null when it is none of the library's.</returns>
    protected abstract SdkError? Own(Exception error);

    private async Task<Heard> AskAsync(Uri gateway, SeatedAsk ask, CancellationToken cancellationToken)
    {
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var asking = AskAsync(gateway, ask.Key, ask.Ask, () => { if (ask.Ask.HangsUp == "midway") hangUp.Cancel(); }, hangUp.Token);
            if (ask.Ask.HangsUp == "early") await HangUpOnArrivalAsync(ask.Arrival, hangUp, cancellationToken);
            return await asking;
        }
        catch (OperationCanceledException) when (hangUp.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Heard.Nothing with { HungUp = true };
        }
        catch (Exception e) when (e is not OperationCanceledException) // whatever the library lets out is what its user sees
        {
            return Heard.Nothing with { Error = Own(e) ?? new SdkError(e.GetType().Name, IsTyped: false, null, e.Message) };
        }
    }

    private static async Task HangUpOnArrivalAsync(Uri arrival, CancellationTokenSource hangUp, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var arrived = await http.GetAsync(arrival, cancellationToken);
        await hangUp.CancelAsync();
    }
}
