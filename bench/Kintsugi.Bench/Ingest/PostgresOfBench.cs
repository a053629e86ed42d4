using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kintsugi.Bench.Ingest;

/// <summary>A PostgreSQL server of the bench's own on loopback, with the settings it comes with. It is what Debian installs, below /usr/lib/postgresql.</summary>
internal sealed class PostgresOfBench(Process process, string directory, string connectionString) : IAsyncDisposable
{
    private const string Programs = "/usr/lib/postgresql";

    public string ConnectionString => connectionString;

    /// <returns>Null where none is installed.</returns>
    public static async Task<PostgresOfBench?> StartAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Programs)) return null;
        var programs = Directory.EnumerateDirectories(Programs).Order(StringComparer.Ordinal).Last() + "/bin/";
        var directory = Directory.CreateTempSubdirectory("kintsugi-postgres-").FullName;
        if (Environment.IsPrivilegedProcess) await RunAsync(["/usr/bin/chown", "postgres:", directory], cancellationToken); // the server refuses to be root
        await RunAsync(AsUser(programs + "initdb", "--pgdata", directory + "/data", "--auth=trust", "--username=kintsugi", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"), cancellationToken);
        var port = FreePort();
        var process = Start(AsUser(programs + "postgres", "-D", directory + "/data", "-p", port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", $"unix_socket_directories={directory}"));
        while (await process.StandardError.ReadLineAsync(cancellationToken) is { } line && !line.Contains("ready to accept connections", StringComparison.Ordinal))
        {
        }
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None); // or a full pipe would hold it up
        return new PostgresOfBench(process, directory, $"Host=127.0.0.1;Port={port};Username=kintsugi;Database=postgres");
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(directory, true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string[] AsUser(params string[] command) => Environment.IsPrivilegedProcess ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", .. command] : command;

    private static async Task RunAsync(string[] command, CancellationToken cancellationToken)
    {
        using var process = Start(command);
        var said = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new InvalidOperationException(await said);
    }

    private static Process Start(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = "/" })!;
}
