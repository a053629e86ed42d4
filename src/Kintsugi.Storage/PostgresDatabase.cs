using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using Npgsql;

namespace Kintsugi.Storage;

/// <summary>A database on a PostgreSQL server, already migrated.</summary>
public static class PostgresDatabase
{
    /// <summary>Opens the tables that hold spans, and brings them to the newest schema.</summary>
    /// <exception cref="StorageException">The server cannot be reached, or refuses.</exception>
    public static NpgsqlDataSource OpenSpans(string connectionString)
    {
        try
        {
            var outcome = DeployChanges.To.PostgresqlDatabase(connectionString)
                .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains(".Migrations.postgres_spans.", StringComparison.Ordinal))
                .JournalToPostgresqlTable("public", "schema_version")
                .WithTransaction()
                .LogTo(new NoOpUpgradeLog())
                .Build()
                .PerformUpgrade();
            if (!outcome.Successful) throw outcome.Error;
            return NpgsqlDataSource.Create(connectionString);
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException)
        {
            throw new StorageException("--store", e);
        }
    }
}
