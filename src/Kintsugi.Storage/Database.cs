using System.Data.Common;
using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Storage;

/// <summary>A database of the product's: where connections come from, already migrated.</summary>
/// <remarks>SQLite in WAL mode. Spans have a file of their own, so that what is written to it all the time never holds up the incident log. Several processes may open it; writers wait for each other up to ten seconds.</remarks>
public sealed class Database
{
    private const string Tuning = "pragma busy_timeout = 10000; pragma wal_autocheckpoint = 8000;";

    /// <summary>Keys of recordings are hashes, so every write touches pages all over their index: with 2 MB of cache and a checkpoint every 4 MB each page is written many times.</summary>
    private const string LargeCache = "pragma cache_size = -16000;";

    private const string Spans = "sqlite_spans";

    private readonly string _connectionString;
    private readonly string _schema;

    private Database(string connectionString, string schema) => (_connectionString, _schema) = (connectionString, schema);

    /// <summary>Opens or creates the database at <paramref name="path"/> and brings it to the newest schema.</summary>
    /// <exception cref="StorageException">The file is no database of ours, or the disk refuses.</exception>
    public static Database Open(string path) => Open(path, "sqlite");

    /// <summary>The same for the file that holds spans.</summary>
    /// <inheritdoc cref="Open(string)"/>
    public static Database OpenSpans(string path) => Open(path, Spans);

    private static Database Open(string path, string schema)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var database = new Database(new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 10 }.ToString(), schema);
            database.Migrate();
            return database;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StorageException(path, e);
        }
    }

    /// <summary>An open connection; dispose it to give it back to the pool.</summary>
    /// <remarks>To the file of spans many are open at once, and none of them is worth 16 MB: the one that writes spans asks for its own.</remarks>
    /// <param name="durable">Whether a commit must survive the loss of power: true for the incident log, false for results that can be rerun.</param>
    public SqliteConnection Connect(bool durable = false)
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var pragma = connection.CreateCommand();
        pragma.CommandText = Tuning + (_schema == Spans ? "" : LargeCache) + (durable ? "pragma synchronous = full;" : "pragma synchronous = normal;");
        pragma.ExecuteNonQuery();
        return connection;
    }

    /// <summary>Runs <paramref name="work"/> in one transaction that takes the write lock at once, so it never fails halfway for want of it.</summary>
    public T Write<T>(bool durable, Func<SqliteConnection, DbTransaction, T> work)
    {
        using var connection = Connect(durable);
        using var transaction = connection.BeginTransaction(deferred: false);
        var result = work(connection, transaction);
        transaction.Commit();
        return result;
    }

    private void Migrate()
    {
        using (var connection = Connect())
        {
            if (CountOfApplied(connection) == Scripts().Count) return; // DbUp costs a tenth of a second; the common case needs none of it
            using var wal = connection.CreateCommand();
            wal.CommandText = (_schema == Spans ? "pragma auto_vacuum = incremental; " : "") + "pragma journal_mode = wal"; // spans are deleted all the time
            wal.ExecuteNonQuery();
        }
        var outcome = DeployChanges.To.SqliteDatabase(_connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), IsScript)
            .JournalToSqliteTable("schema_version")
            .WithTransactionPerScript()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        if (!outcome.Successful) throw outcome.Error;
    }

    private static int CountOfApplied(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from sqlite_master where name = 'schema_version'";
        if ((long)command.ExecuteScalar()! == 0) return 0;
        command.CommandText = "select count(*) from schema_version";
        return (int)(long)command.ExecuteScalar()!;
    }

    private List<string> Scripts() => [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(IsScript)];

    private bool IsScript(string name) => name.Contains($".Migrations.{_schema}.", StringComparison.Ordinal);
}

/// <summary>The database cannot be opened or written: the world's fault, never the agent's.</summary>
public sealed class StorageException(string path, Exception inner)
    : Exception($"{path}: the database cannot be used: {inner.Message} Free disk space or move the file away, then run again.", inner);
