using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Agents.Building;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kintsugi.Tests.Evaluation.Agents.Building;

/// <summary>A build's proxy on loopback, a client that goes through it, and DNS as the test tells it.</summary>
internal sealed class BuildProxyRig : IAsyncDisposable
{
    /// <summary>The longest that a tunnel may be silent.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    private BuildProxyRig(BuildProxy proxy, IPEndPoint at)
    {
        (Proxy, At) = (proxy, at);
        Client = new HttpClient(new SocketsHttpHandler
        {
            Proxy = new WebProxy($"http://{at}"),
            AllowAutoRedirect = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == StubHost.Subject },
        });
    }

    public BuildProxy Proxy { get; }

    public IPEndPoint At { get; }

    /// <summary>Trusts the certificate of <see cref="StubHost"/>.</summary>
    public HttpClient Client { get; }

    /// <param name="network">The list of build.network, as kintsugi.yaml has it.</param>
    /// <param name="names">What DNS says.</param>
    public static BuildProxyRig Of(
        string network, string secrets = "[]", IReadOnlyDictionary<string, string>? names = null, long mostBytes = 1L << 30, TimeProvider? clock = null)
    {
        var agent = AgentFile.Load(
            $"agent: {{ name: a, run: r }}\nbuild: {{ run: make, inputs: [Makefile], network: {network}, secrets: {secrets} }}\ndataset: g.jsonl\nscorers: [{{ exact: {{}} }}]",
            AgentFile.FileName, _ => null);
        var proxy = new BuildProxy(
            agent.Build!.Network, name => name == "TOKEN" ? "s3cret" : null, clock ?? TimeProvider.System,
            (name, _) => names?.GetValueOrDefault(name) is { } address
                ? Task.FromResult<IPAddress[]>([IPAddress.Parse(address)])
                : throw new SocketException((int)SocketError.HostNotFound),
            mostBytes, Silence);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        var at = (IPEndPoint)socket.LocalEndPoint!;
        proxy.Serve(socket);
        return new BuildProxyRig(proxy, at);
    }

    public Task<HttpResponseMessage> GetAsync(string address) => Client.GetAsync(address, TestContext.Current.CancellationToken);

    /// <summary>Asks the proxy itself, with the target exactly as written.</summary>
    public async Task<string> SendAsync(string requestLine)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(At, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{requestLine}\r\nHost: {At}\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        return await new StreamReader(stream).ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Proxy.DisposeAsync();
    }
}

/// <summary>A host of the internet, on loopback: in TLS with a certificate of its own, or plain.</summary>
internal sealed class StubHost : IAsyncDisposable
{
    public const string Subject = "CN=stub";

    private readonly WebApplication _app;

    private StubHost(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<StubHost> StartAsync(RequestDelegate answer, bool tls = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (tls) listen.UseHttps(Certificate());
        }));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new StubHost(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest(Subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
