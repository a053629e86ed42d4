using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Kintsugi.Bench;

/// <summary>How a command ended.</summary>
/// <param name="ExitStatus">137 when it was killed.</param>
public sealed record CommandEnd(int ExitStatus, string Output, string Error, TimeSpan Took)
{
    /// <summary>What `--json` printed.</summary>
    /// <exception cref="InvalidDataException">It printed no document.</exception>
    public JsonElement Document
    {
        get
        {
            try
            {
                return JsonDocument.Parse(Output).RootElement;
            }
            catch (JsonException)
            {
                throw new InvalidDataException($"The command ended with {ExitStatus} and printed no document: {Output}{Error}");
            }
        }
    }
}

/// <summary>The real `kintsugi` in a process of its own, as a person or a pipeline runs it.</summary>
public sealed class KintsugiCommand
{
    private readonly ProcessStartInfo _start;

    public KintsugiCommand(params IReadOnlyList<string> arguments) : this(Path.Combine(AppContext.BaseDirectory, "kintsugi"), arguments)
    {
    }

    private KintsugiCommand(string program, IReadOnlyList<string> arguments) =>
        _start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };

    /// <summary>Told of each line on standard error while the command runs; the process is given so that it can be disturbed.</summary>
    public Action<string, Process>? OnLine { get; set; }

    /// <summary>Told of the process when it has been started.</summary>
    public Action<Process>? OnStart { get; init; }

    /// <summary>Beside the variables of this process.</summary>
    public IDictionary<string, string?> Variables => _start.Environment;

    /// <summary>Kills the process, and only it, this long after its start; null to let it end.</summary>
    public TimeSpan? KillAfter { get; set; }

    /// <summary>The same command with mounts of its own, so that what is mounted there is hidden from it alone. Needs root.</summary>
    public KintsugiCommand WithOwnMounts() => new("unshare", ["--mount", "--", _start.FileName, .. _start.ArgumentList]) { OnLine = OnLine, KillAfter = KillAfter };

    /// <summary>A command of this program, in a process of its own.</summary>
    public static KintsugiCommand OfBench(IReadOnlyList<string> arguments) => new(Path.Combine(AppContext.BaseDirectory, "Kintsugi.Bench"), arguments);

    /// <summary>Runs another program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<string> HostAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var end = await new KintsugiCommand(program, arguments).RunAsync(cancellationToken);
        return end.ExitStatus == 0 ? end.Output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {end.ExitStatus}: {end.Error}");
    }

    /// <summary>What a person does with Ctrl+C.</summary>
    public static void Interrupt(Process process)
    {
        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<CommandEnd> RunAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(_start)!;
        OnStart?.Invoke(process);
        process.StandardInput.Close();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var kill = cancellationToken.Register(process.Kill);
        var killing = KillAfter is { } after ? KillAsync(process, after, ended.Token) : Task.CompletedTask;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = new StringBuilder();
        while (await process.StandardError.ReadLineAsync(cancellationToken) is { } line)
        {
            error.AppendLine(line);
            OnLine?.Invoke(line, process);
        }
        await process.WaitForExitAsync(cancellationToken);
        await ended.CancelAsync();
        await killing;
        return new CommandEnd(process.ExitCode, await output, error.ToString(), Stopwatch.GetElapsedTime(started));
    }

    private static async Task KillAsync(Process process, TimeSpan after, CancellationToken ended)
    {
        try
        {
            await Task.Delay(after, ended);
            process.Kill();
        }
        catch (OperationCanceledException)
        {
            // It ended first.
        }
    }
}
