using Kintsugi.Models;
using Kintsugi.Models.Budgets;
using Kintsugi.Storage;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tests.Models.Budgets;

public sealed class SpendBookTests : IDisposable
{
    private static readonly Spending Some = new(0.0000000375m, 1.5m, 7, 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("kintsugi-spend-").FullName;
    private readonly HandClock _clock = new();

    private Database Open() => Database.Open(Path.Combine(_folder, "kintsugi.db"));

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private static BudgetConfig[] Dollar(BudgetPeriod per) => [new("models.budget", 1, null, null, per)];

    private static async Task SpendAsync(Purse purse, decimal usd)
    {
        var most = new Spending(usd, 0, 1, 1);
        Assert.Null(await purse.ReserveAsync(most, null, TestContext.Current.CancellationToken));
        purse.Settle(most, most);
    }

    [Fact]
    public async Task What_was_spent_is_remembered_to_the_last_digit()
    {
        await using (var book = new SpendBook(Open(), _clock))
        {
            for (var i = 0; i < 1_000; i++) book.Add("incident:1", Some);
            await book.FlushAsync(TestContext.Current.CancellationToken);
        }
        SqliteConnection.ClearAllPools();

        await using var later = new SpendBook(Open(), _clock);
        later.Refresh("incident:1");

        Assert.Equal(new Spending(0.0000375m, 1_500m, 7_000, 1_000), later.Of("incident:1"));
        Assert.Equal(default, later.Of("incident:2"));
    }

    [Fact]
    public async Task What_a_killed_process_spent_is_stored_without_anybody_asking()
    {
        var book = new SpendBook(Open(), TimeProvider.System); // never disposed, never flushed: the process is gone
        book.Add("day:2026-01-01", Some);

        var deadline = TimeProvider.System.GetTimestamp();
        Spending stored;
        do
        {
            await using var later = new SpendBook(Open(), _clock);
            later.Refresh("day:2026-01-01");
            stored = later.Of("day:2026-01-01");
        }
        while (stored == default && TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromSeconds(10));

        Assert.Equal(Some, stored);
    }

    [Fact]
    public async Task A_day_is_shared_by_processes_and_read_again_once_a_second()
    {
        await using var bookHere = new SpendBook(Open(), _clock);
        await using var bookThere = new SpendBook(Open(), _clock);
        var (here, there) = (new Purse(Dollar(BudgetPeriod.Day), bookHere, _clock), new Purse(Dollar(BudgetPeriod.Day), bookThere, _clock));
        await SpendAsync(there, 0.1m);
        await SpendAsync(here, 0.7m);
        await bookHere.FlushAsync(TestContext.Current.CancellationToken);

        await SpendAsync(there, 0.1m); // what it read is younger than a second
        _clock.Advance(TimeSpan.FromSeconds(1));
        var refusal = await there.ReserveAsync(new Spending(0.2m, 0, 1, 1), null, TestContext.Current.CancellationToken);

        Assert.StartsWith("The budget models.budget.usd of 1.00 USD per day does not reach for a call that may cost 0.2000: 0.9000 are spent", refusal, StringComparison.Ordinal);
        Assert.Equal(0.2m, there.Spent.Usd);
    }

    [Fact]
    public async Task Books_that_write_at_once_lose_nothing()
    {
        await using var one = new SpendBook(Open(), TimeProvider.System);
        await using var other = new SpendBook(Open(), TimeProvider.System);

        await Parallel.ForEachAsync(Enumerable.Range(0, 400), async (n, token) =>
        {
            var book = n % 2 == 0 ? one : other;
            book.Add("day:2026-01-01", Some);
            if (n % 10 < 2) await book.FlushAsync(token);
        });
        await one.FlushAsync(TestContext.Current.CancellationToken);
        await other.FlushAsync(TestContext.Current.CancellationToken);

        await using var later = new SpendBook(Open(), _clock);
        later.Refresh("day:2026-01-01");
        Assert.Equal(new Spending(400 * Some.Usd, 400 * Some.HeldUsd, 400 * 7, 400), later.Of("day:2026-01-01"));
    }

    [Fact]
    public async Task A_new_day_begins_at_midnight_in_UTC()
    {
        await using var book = new SpendBook(Open(), _clock);
        var purse = new Purse(Dollar(BudgetPeriod.Day), book, _clock);
        await SpendAsync(purse, 1);
        Assert.NotNull(await purse.ReserveAsync(new Spending(1, 0, 1, 1), null, TestContext.Current.CancellationToken));

        _clock.Advance(TimeSpan.FromDays(1));

        await SpendAsync(purse, 1);
    }

    [Fact]
    public async Task An_incident_that_is_resumed_has_spent_what_it_had_and_another_has_not()
    {
        await using (var book = new SpendBook(Open(), _clock))
        {
            var first = new Purse(Dollar(BudgetPeriod.Incident), book, _clock);
            first.OpenIncident("i1");
            await SpendAsync(first, 0.6m);
            await book.FlushAsync(TestContext.Current.CancellationToken);
        }

        await using var later = new SpendBook(Open(), _clock);
        var resumed = new Purse(Dollar(BudgetPeriod.Incident), later, _clock);
        resumed.OpenIncident("i1");
        var other = new Purse(Dollar(BudgetPeriod.Incident), later, _clock);
        other.OpenIncident("i2");

        Assert.NotNull(await resumed.ReserveAsync(new Spending(0.6m, 0, 1, 1), null, TestContext.Current.CancellationToken));
        await SpendAsync(other, 0.6m);
    }

    [Fact]
    public async Task A_disk_that_fails_fails_no_call_and_is_told_to_who_flushes()
    {
        await using var book = new SpendBook(Open(), _clock);
        using (var connection = Open().Connect())
        {
            using var drop = connection.CreateCommand();
            drop.CommandText = "alter table spend rename to gone";
            drop.ExecuteNonQuery();
        }
        var purse = new Purse(Dollar(BudgetPeriod.Day), book, _clock);

        await SpendAsync(purse, 0.6m);

        await Assert.ThrowsAsync<StorageException>(() => book.FlushAsync(TestContext.Current.CancellationToken));
        Assert.NotNull(await purse.ReserveAsync(new Spending(0.6m, 0, 1, 1), null, TestContext.Current.CancellationToken));
    }
}
