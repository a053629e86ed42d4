using Kintsugi.Healing.Incidents;
using Kintsugi.Storage;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tests.Healing.Incidents;

/// <summary>An incident log in a folder of its own, gone with it.</summary>
internal sealed class LogFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("kintsugi-log-").FullName;

    public LogFolder() => Log = new IncidentLog(Database.Open(Path.Combine(_path, "kintsugi.db")), TimeProvider.System);

    public IncidentLog Log { get; }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_path, recursive: true);
    }
}
