using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kintsugi.Tests.Healing.Notices;

/// <summary>A mail server on loopback that holds the conversation of RFC 5321 and keeps what it is given; it speaks no TLS.</summary>
internal sealed class ScriptedMailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ends = new();
    private readonly string _onData;
    private readonly List<string> _commands = [];
    private readonly List<string> _mails = [];
    private readonly Task _serving;

    /// <param name="onData">What it answers to a mail.</param>
    public ScriptedMailServer(string onData = "250 taken")
    {
        _onData = onData;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_commands) return [.. _commands];
        }
    }

    public IReadOnlyList<string> Mails
    {
        get
        {
            lock (_mails) return [.. _mails];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ends.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_ends.IsCancellationRequested)
        {
            using var client = await _listener.AcceptTcpClientAsync(_ends.Token);
            await TalkAsync(client.GetStream());
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII);
        await SayAsync("220 mail.test ready");
        while (await reader.ReadLineAsync(_ends.Token) is { } line)
        {
            lock (_commands) _commands.Add(line);
            switch (line.Split(' ')[0].ToUpperInvariant())
            {
                case "EHLO":
                    await SayAsync("250-mail.test\r\n250 AUTH PLAIN");
                    break;
                case "AUTH":
                    await SayAsync("235 welcome");
                    break;
                case "DATA":
                    await SayAsync("354 go on");
                    var mail = new StringBuilder();
                    while (await reader.ReadLineAsync(_ends.Token) is { } text and not ".") mail.AppendLine(text);
                    lock (_mails) _mails.Add(mail.ToString());
                    await SayAsync(_onData);
                    break;
                case "QUIT":
                    await SayAsync("221 bye");
                    return;
                default:
                    await SayAsync("250 fine");
                    break;
            }
        }

        async Task SayAsync(string words) => await stream.WriteAsync(Encoding.ASCII.GetBytes(words + "\r\n"), _ends.Token);
    }
}
