using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Sandbox;

/// <summary>What lies on the host for hostile code to find: a file, a TCP service, an abstract socket, and the gateway of its own run.</summary>
public sealed class Bait : IDisposable
{
    private readonly Scratch _scratch = Scratch.Create();
    private readonly string _secret = Guid.NewGuid().ToString("N");
    private readonly TcpListener _loopback = new(IPAddress.Loopback, 0);
    private readonly Socket _abstract = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public Bait()
    {
        File.WriteAllText(FilePath, _secret);
        _loopback.Start();
        _abstract.Bind(new UnixDomainSocketEndPoint("\0" + _secret));
        _abstract.Listen();
    }

    private string FilePath => Path.Combine(_scratch.Directory("bait"), _secret);

    /// <summary>The line that `attack.py` reads: all of it is true, so that an attack fails for no want of knowledge.</summary>
    public string Knowledge(TestTree tree, params ReadOnlySpan<(string Name, JsonNode Value)> more)
    {
        var known = new JsonObject
        {
            ["bait"] = FilePath,
            ["tree"] = tree.Path,
            ["port"] = ((IPEndPoint)_loopback.LocalEndpoint).Port,
            ["abstract"] = _secret,
            ["environment"] = new JsonArray([.. OwnEnvironment().Select(entry => JsonValue.Create(entry))]),
            ["process"] = Environment.ProcessId,
        };
        foreach (var (name, value) in more)
            known[name] = value;
        return known.ToJsonString(JsonSerializerOptions.Default) + "\n";
    }

    public void Dispose()
    {
        _abstract.Dispose();
        _loopback.Dispose();
        _scratch.Dispose();
    }

    /// <summary>The process's real block, but for what a sandbox may well set to the same value.</summary>
    private static IEnumerable<string> OwnEnvironment() =>
        File.ReadAllText("/proc/self/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(entry => entry.Split('=')[0] is not ("PATH" or "LANG" or "TMPDIR" or "TERM" or "CI" or "PYTHONDONTWRITEBYTECODE"));
}
