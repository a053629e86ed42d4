using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>Protocol jsonl with one process: a question a line on standard input, an answer a line on standard output.</summary>
internal sealed class JsonlConversation : IConversation
{
    private const int LongestLineBytes = 16 << 20;
    private const int MostStrayBytes = 16 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Id, int Epoch), TaskCompletionSource<Said>> _inFlight = [];
    private readonly HashSet<(string Id, int Epoch)> _answered = [];
    private readonly StrayLines _strays = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly TimeProvider _clock;
    private readonly Task _reading;
    private readonly Task _watching;
    private long _strayBytes;
    private AgentError? _ended;

    public JsonlConversation(AgentProcess process, TimeProvider clock)
    {
        Process = process;
        _clock = clock;
        // A thread of its own: reading a pipe blocks, and the pool of a small machine has no thread to spare.
        _reading = Task.Factory.StartNew(ReadAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _watching = WatchAsync();
    }

    public AgentProcess Process { get; }

    public AgentError? Ended
    {
        get { lock (_lock) return _ended; }
    }

    public async Task<Said> AskAsync(Ask ask, TimeSpan limit, CancellationToken cancellationToken)
    {
        var key = (ask.Sample.Id, ask.Epoch);
        var answer = new TaskCompletionSource<Said>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_ended is not null) return new Said.Lost(_ended, Beside: false);
            _inFlight.Add(key, answer);
        }
        _ = WriteAsync(ask);
        try
        {
            return await answer.Task.WaitAsync(limit, _clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new Said.TimedOut();
        }
        finally
        {
            lock (_lock) _inFlight.Remove(key);
        }
    }

    public IReadOnlyList<string> TakeNotes()
    {
        lock (_lock) return _strays.Take();
    }

    public async ValueTask DisposeAsync()
    {
        End(new AgentError("exited", "The process was stopped."), beside: true);
        await Process.DisposeAsync();
        await _watching;
        await Process.DrainAsync(_reading);
    }

    // Not awaited by the question: an agent may answer before it has read all. It ends when the process reads or is killed.
    private async Task WriteAsync(Ask ask)
    {
        var line = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(line)) AnswerJson.WriteAsk(writer, ask);
        line.Write("\n"u8);
        await _writing.WaitAsync();
        try
        {
            await Process.StandardInput.WriteAsync(line.WrittenMemory);
            await Process.StandardInput.FlushAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return; // the process is gone, which its exit tells
        }
        finally
        {
            _writing.Release();
        }
    }

    private void ReadAll()
    {
        var lines = new LineReader(Process.StandardOutput, LongestLineBytes);
        try
        {
            while (lines.TryRead(out var line)) TakeLine(line);
        }
        catch (InvalidDataException)
        {
            Stop(new AgentError("bad_answer", "The agent wrote a line of more than 16 MiB. Answer with less."));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return; // killed
        }
    }

    private async Task WatchAsync()
    {
        await Task.WhenAny(_reading, Process.Exited);
        await Process.DrainAsync(_reading); // the last answer may still be in the pipe
        await Process.DrainAsync(Process.Exited);
        End(new AgentError("exited", await Process.DescribeEndAsync()));
    }

    private void TakeLine(ReadOnlyMemory<byte> line)
    {
        if (line.Span.StartsWith("\uFEFF"u8)) line = line[3..];
        if (line.Span.Trim(" \t\r"u8).Length > 0 && !TryTakeAnswer(line)) Stray(line);
    }

    private bool TryTakeAnswer(ReadOnlyMemory<byte> line)
    {
        if (line.Span.TrimStart(" \t"u8)[0] != (byte)'{') return false;
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (AnswerJson.StringOf(root, "id"u8) is not { } id || AnswerJson.Read(root) is not { } answered) return false;
            lock (_lock)
            {
                var key = KeyOf(id, root);
                if (_inFlight.Remove(key, out var waiting))
                {
                    _answered.Add(key);
                    _strayBytes = 0;
                    waiting.TrySetResult(answered);
                    return true;
                }
                _strays.Note(_answered.Contains(key)
                    ? $"Answered '{Excerpt.Of(id, 80)}' again; the first answer counts."
                    : $"Answered '{Excerpt.Of(id, 80)}', which was not asked.");
                return false;
            }
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // An agent may leave the epoch out as long as that leaves no doubt.
    private (string Id, int Epoch) KeyOf(string id, JsonElement root)
    {
        if (root.TryGetProperty("epoch"u8, out var element) && element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var epoch))
            return (id, epoch);
        return _inFlight.Keys.Where(k => k.Id == id).Take(2).ToList() is [var only] ? only : (id, -1);
    }

    private void Stray(ReadOnlyMemory<byte> line)
    {
        var shown = Encoding.UTF8.GetString(line.Span[..Math.Min(line.Length, StrayLines.LongestShown + 1)]);
        bool flood;
        lock (_lock)
        {
            _strays.Add(shown);
            flood = (_strayBytes += line.Length + 1) > MostStrayBytes;
        }
        if (flood) Stop(new AgentError("limit", "The agent wrote more than 16 MiB to standard output that are no answer. Log to standard error, and less."));
    }

    private void Stop(AgentError error)
    {
        End(error);
        Process.Kill();
    }

    /// <param name="beside">Whether nothing in flight can have been the reason.</param>
    private void End(AgentError error, bool beside = false)
    {
        TaskCompletionSource<Said>[] lost;
        lock (_lock)
        {
            if (_ended is not null) return;
            _ended = error;
            lost = [.. _inFlight.Values];
            _inFlight.Clear();
        }
        foreach (var waiting in lost) waiting.TrySetResult(new Said.Lost(error, beside || lost.Length > 1));
    }
}
