using System.Buffers;
using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Sandbox;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>Protocol exec: one process a sample. Its standard input is the sample's input, its standard output the answer: JSON if it parses, else text.</summary>
internal sealed class ExecLane(AgentLaunch launch, AgentSeat seat, AgentStart start) : IAgentLane
{
    private const int LongestAnswerBytes = 16 << 20;

    public async Task<Reply> AskAsync(Ask ask, CancellationToken cancellationToken)
    {
        seat.Begin(ask.Calls, ask.Spans);
        try
        {
            await using var process = await launch.StartAsync(seat, serves: false, cancellationToken);
            var reply = await RunAsync(process, ask, cancellationToken);
            return reply with { StandardError = process.StandardError.Since(0), BlockedHosts = process.BlockedHosts };
        }
        finally
        {
            seat.End(ask.Calls);
        }
    }

    public ValueTask DisposeAsync() => seat.DisposeAsync();

    private async Task<Reply> RunAsync(AgentProcess process, Ask ask, CancellationToken cancellationToken)
    {
        _ = WriteAsync(process.StandardInput, ask);
        // A thread of its own: reading a pipe blocks, and the pool of a small machine has no thread to spare.
        var reading = Task.Factory.StartNew(() => ReadAll(process.StandardOutput), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            var exit = await WaitAsync(process, reading).WaitAsync(launch.Agent.Timeout, launch.Clock, cancellationToken);
            return await ReplyAsync(process, exit, reading);
        }
        catch (TimeoutException)
        {
            var (waited, path) = seat.Waiting(ask.Calls);
            return waited > launch.Agent.Timeout / 2
                ? Reply.OfUnanswered(waited, path, launch.Agent)
                : Reply.Of(new AgentError("timeout", $"No answer within {launch.Agent.Timeout.TotalSeconds:0.###} s."));
        }
        catch (SandboxUnavailableException gone)
        {
            return Reply.OfWorld(gone.Message);
        }
    }

    private static async Task<SandboxExit> WaitAsync(AgentProcess process, Task<Printed> reading)
    {
        if (await Task.WhenAny(process.Exited, reading) == reading && (await reading).TooLong) process.Kill();
        var exit = await process.Exited;
        await process.DrainAsync(reading);
        await process.DrainAsync(process.StandardError.Read);
        return exit;
    }

    private async Task<Reply> ReplyAsync(AgentProcess process, SandboxExit exit, Task<Printed> reading)
    {
        if (!reading.IsCompleted)
            return Reply.Of(new AgentError("bad_answer", "The agent ended, but a process that it started still holds its standard output. End that first."));
        var printed = await reading;
        if (printed.TooLong) return Reply.Of(new AgentError("bad_answer", "The agent wrote more than 16 MiB to standard output. Answer with less."));
        if (exit.Limit is not null) return Reply.Of(new AgentError("limit", await process.DescribeEndAsync()));
        if (exit.Code is 126 or 127 && !start.Proven && start.FailsAgain()) throw new AgentStartException(await process.DescribeEndAsync());
        if (exit.Code != 0) return Reply.Of(new AgentError("exited", await process.DescribeEndAsync()));
        start.Prove();
        return Answered(printed.Bytes);
    }

    private static Reply Answered(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var said = AnswerJson.Checked(document.RootElement);
            return new Reply(said.Output, said.Error, null, false, "", []);
        }
        catch (JsonException)
        {
            return Reply.Of(JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(bytes.Span).TrimEnd('\r', '\n'), StoredResultJson.Default.String));
        }
    }

    private static Printed ReadAll(Stream stream)
    {
        var bytes = new ArrayBufferWriter<byte>(4096);
        try
        {
            while (true)
            {
                var count = stream.Read(bytes.GetSpan(4096));
                if (count == 0) return new Printed(bytes.WrittenMemory, TooLong: false);
                bytes.Advance(count);
                if (bytes.WrittenCount > LongestAnswerBytes) return new Printed(default, TooLong: true);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return new Printed(bytes.WrittenMemory, TooLong: false); // killed
        }
    }

    private static async Task WriteAsync(Stream stream, Ask ask)
    {
        var input = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(input)) ask.Sample.Input.WriteTo(writer);
        try
        {
            await stream.WriteAsync(input.WrittenMemory);
            await stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return; // it ended without reading all, which is its own affair
        }
    }

    private sealed record Printed(ReadOnlyMemory<byte> Bytes, bool TooLong);
}
