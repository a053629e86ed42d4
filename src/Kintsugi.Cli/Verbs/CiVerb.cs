using System.CommandLine;
using Kintsugi.Cli.Output;

namespace Kintsugi.Cli.Verbs;

/// <summary>What a CI event asks for; action.yml runs it.</summary>
internal static class CiVerb
{
    private const int MostOfLog = 1 << 20;

    public static Command Command()
    {
        var directory = Edge.Directory("A directory of the repository; every agent of it is looked at.");
        var name = new Option<string?>("--event") { Description = "The event. Default: GITHUB_EVENT_NAME.", HelpName = "NAME" };
        var payload = new Option<string?>("--payload") { Description = "File with the event's payload, JSON. Default: GITHUB_EVENT_PATH.", HelpName = "FILE" };
        var log = new Option<string?>("--log") { Description = "File with the platform's log of a deployment that failed; its end is shown to whoever has to decide.", HelpName = "FILE" };
        var insufficient = new Option<bool>("--allow-insufficient") { Description = "Exit with 0 where the runs cannot decide, or where there is no baseline." };
        var unsandboxed = Edge.AllowUnsandboxed();
        return new Verb("ci", "Does what a CI event asks for: evaluates a pull request and says so under it, heals what was pushed or deployed, goes on with a conversation.")
        {
            Arguments = { directory },
            Options = { name, payload, log, insufficient, unsandboxed },
            Writes = "what eval and heal write; with GITHUB_TOKEN one comment and one check for each agent of a pull request; the job's summary",
            Examples =
            [
                ("kintsugi ci", "in a job of GitHub Actions: event, payload, repository and token are the job's (docs/ci.md)"),
                ("kintsugi ci --event schedule --payload /dev/null", "elsewhere, by hand or by cron: heal what is checked out"),
            ],
            Exits =
            [
                (ExitStatus.Ok, "no version is worse, or the event asks for nothing"),
                (ExitStatus.Bad, "a version is worse or does not start, also when a fix is proposed; or a deployment failed"),
                (ExitStatus.Insufficient, "the runs cannot decide, or there is no baseline yet; 0 with --allow-insufficient"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var happened = parsed.GetValue(name) ?? Environment.GetEnvironmentVariable("GITHUB_EVENT_NAME") ?? throw new UsageException("which event? Set --event, or run it in GitHub Actions.");
            var file = parsed.GetValue(payload) ?? Environment.GetEnvironmentVariable("GITHUB_EVENT_PATH") ?? throw new UsageException("the event has no payload. Set --payload, or run it in GitHub Actions.");
            var asked = CiEvents.Read(happened, await ReadAsync(file, CiEvents.MostBytes, fromEnd: false, cancellationToken), Environment.GetEnvironmentVariable("GITHUB_REF"));
            using var place = CiPlace.Of(Environment.GetEnvironmentVariable, TimeProvider.System);
            var words = parsed.GetValue(log) is { Length: > 0 } path ? System.Text.Encoding.UTF8.GetString(await ReadAsync(path, MostOfLog, fromEnd: true, cancellationToken)) : null;
            var screen = new HealScreen(Console.Error, quiet: false);
            return await new CiRound(parsed.GetValue(directory)!, place, parsed.GetValue(insufficient), parsed.GetValue(unsandboxed), words, screen).RunAsync(asked, cancellationToken);
        });
    }

    /// <summary>At most one byte more than <paramref name="most"/>, so that more is known to be more.</summary>
    private static async Task<byte[]> ReadAsync(string path, int most, bool fromEnd, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        if (fromEnd && stream.CanSeek && stream.Length > most) stream.Seek(-most, SeekOrigin.End);
        using var read = new MemoryStream();
        var buffer = new byte[81_920];
        for (int count; read.Length <= most && (count = await stream.ReadAsync(buffer, cancellationToken)) > 0;) read.Write(buffer, 0, count);
        return read.ToArray();
    }
}
