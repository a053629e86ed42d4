using System.Net;
using System.Net.Sockets;
using System.Text;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.EndToEnd;

/// <summary>A PostgreSQL server of a test's own, on a free port of the loopback, gone with the test.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    /// <summary>Ends its connections and stops at once.</summary>
    private const int Interrupt = 2;

    private readonly string _directory = Directory.CreateTempSubdirectory("kintsugi-postgres-").FullName;
    private HostProcess? _server;

    /// <summary>Of an empty database.</summary>
    public string ConnectionString { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var programs = Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last() + "/bin/";
        if (Environment.IsPrivilegedProcess) await RunAsync("/usr/bin/chown", "postgres:", _directory); // the server refuses to be root
        await RunAsync(AsUser(programs + "initdb", "--pgdata", _directory + "/data", "--auth=trust", "--username=kintsugi", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"));
        var port = FreePort();
        List<string> lines = [];
        _server = await Shell.StartAsync(AsUser(programs + "postgres", "-D", _directory + "/data", "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-c", $"unix_socket_directories={_directory}"), new Dictionary<string, string>());
        var said = new StreamReader(_server.Error, Encoding.UTF8);
        for (string? line; (line = await said.ReadLineAsync()) is not null && !line.Contains("ready to accept connections", StringComparison.Ordinal);) lines.Add(line);
        Assert.False(_server.Ended.IsCompleted, string.Join('\n', lines));
        _ = said.ReadToEndAsync(); // or a full pipe would hold it up
        ConnectionString = $"Host=127.0.0.1;Port={port};Username=kintsugi;Database=postgres";
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            _server.Signal(Interrupt);
            await _server.Ended;
            _server.Dispose();
        }
        Directory.Delete(_directory, true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string[] AsUser(params string[] command) => Environment.IsPrivilegedProcess ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", .. command] : command;

    private static async Task RunAsync(params string[] command)
    {
        var ended = await Shell.RunAsync(command, new Dictionary<string, string>());
        Assert.True(ended.Status == 0, ended.Error);
    }
}
