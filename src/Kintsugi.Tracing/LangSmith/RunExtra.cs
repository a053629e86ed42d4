using System.Text;
using System.Text.Json;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>What a run's `extra` says of its sender, and the end of what it says of the sender's machine.</summary>
internal ref struct RunExtra
{
    /// <summary>By Python's and JavaScript's SDKs, LangChain and OpenTelemetry's resource conventions.</summary>
    private static readonly HashSet<string> OfTheHost = new(StringComparer.OrdinalIgnoreCase)
    {
        "host", "hostname", "host_name", "host.name", "host.id", "host.ip", "host.mac", "platform", "uname", "user", "username", "user_name", "cwd", "pwd", "working_directory",
        "executable", "argv", "pid", "docker_command", "docker_compose_command", "process.pid", "process.command", "process.command_args", "process.command_line",
        "process.executable.path", "process.owner", "process.working_directory",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> HostNames = OfTheHost.GetAlternateLookup<ReadOnlySpan<char>>();

    private const int LongestHostName = 40;

    /// <summary>What continuous integration calls the commit that it builds, as the SDKs pass it on.</summary>
    private static readonly string[] CommitNames =
        ["VERCEL_GIT_COMMIT_SHA", "COMMIT_REF", "CI_COMMIT_SHA", "CIRCLE_SHA1", "CF_PAGES_COMMIT_SHA", "GITHUB_SHA", "GIT_COMMIT", "BUILD_VCS_NUMBER", "BITBUCKET_COMMIT", "BUILDKITE_COMMIT"];

    public ReadOnlySpan<byte> Metadata { get; private set; }

    public ReadOnlySpan<byte> Runtime { get; private set; }

    /// <summary>The version that the sender names, a string in JSON; empty when it names none.</summary>
    public ReadOnlySpan<byte> Revision { get; private set; }

    public ReadOnlySpan<byte> ModelName { get; private set; }

    public ReadOnlySpan<byte> InvocationParameters { get; private set; }

    /// <param name="extra">Valid JSON, or empty.</param>
    public static RunExtra Read(ReadOnlySpan<byte> extra) => Read(extra, telling: null);

    /// <summary>Makes what tells of the host into blanks, of which JSON allows any number.</summary>
    /// <param name="extra">Valid JSON, or empty.</param>
    public static void Scrub(Span<byte> extra)
    {
        var telling = new List<(int Start, int End)>();
        Read(extra, telling);
        foreach (var (start, end) in telling) Blank(extra, start, end);
    }

    private static RunExtra Read(ReadOnlySpan<byte> extra, List<(int Start, int End)>? telling)
    {
        var found = new RunExtra();
        if (extra.Length == 0) return found;
        var reader = new Utf8JsonReader(extra, JsonBytes.Taken);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return found;
        ReadOnlySpan<byte> commit = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRuntime = reader.ValueTextEquals("runtime"u8);
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            var isParameters = reader.ValueTextEquals("invocation_params"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if ((isRuntime || isMetadata) && reader.TokenType == JsonTokenType.StartObject) found.ReadMembers(ref reader, extra, isRuntime, ref commit, telling);
            else reader.Skip();
            var value = extra[start..(int)reader.BytesConsumed];
            if (isRuntime) found.Runtime = value;
            else if (isMetadata) found.Metadata = value;
            else if (isParameters) found.InvocationParameters = value;
        }
        if (found.Revision.Length == 0) found.Revision = commit;
        return found;
    }

    private void ReadMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> extra, bool isRuntime, ref ReadOnlySpan<byte> commit, List<(int Start, int End)>? telling)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var tells = Tells(ref reader, isRuntime, out var isPathWhereAny);
            var isCommit = isRuntime && IsCommit(ref reader);
            var isRevision = !isRuntime && reader.ValueTextEquals("revision_id"u8);
            var isModel = !isRuntime && reader.ValueTextEquals("ls_model_name"u8);
            reader.Read();
            if (isPathWhereAny && reader.TokenType == JsonTokenType.String) tells |= IsPath(reader.ValueSpan);
            var valueStart = (int)reader.TokenStartIndex;
            reader.Skip();
            var value = extra[valueStart..(int)reader.BytesConsumed];
            if (tells) telling?.Add((start, (int)reader.BytesConsumed));
            else if (isCommit && commit.Length == 0) commit = value;
            else if (isRevision && value[0] == (byte)'"') Revision = value;
            else if (isModel) ModelName = value;
        }
    }

    /// <param name="isPathWhereAny">The name is harmless, but a path there would be one of the host.</param>
    private static bool Tells(ref Utf8JsonReader reader, bool isRuntime, out bool isPathWhereAny)
    {
        isPathWhereAny = isRuntime || reader.ValueSpan.StartsWith("LANGSMITH_"u8) || reader.ValueSpan.StartsWith("LANGCHAIN_"u8);
        Span<char> name = stackalloc char[LongestHostName];
        return reader.ValueSpan.Length <= LongestHostName && HostNames.Contains(name[..Encoding.Latin1.GetChars(reader.ValueSpan, name)]);
    }

    private static bool IsCommit(ref Utf8JsonReader reader)
    {
        foreach (var name in CommitNames)
            if (reader.ValueTextEquals(name)) return true;
        return false;
    }

    private static bool IsPath(ReadOnlySpan<byte> text) =>
        text.StartsWith("/"u8) || text.StartsWith("~"u8) || text.StartsWith("file:"u8) || (text.Length > 2 && char.IsAsciiLetter((char)text[0]) && text[1] == (byte)':' && text[2] is (byte)'\\' or (byte)'/');

    /// <summary>Overwrites a member and one comma beside it.</summary>
    private static void Blank(Span<byte> json, int start, int end)
    {
        var after = end + json[end..].IndexOfAnyExcept(" \t\r\n"u8);
        var before = json[..start].LastIndexOfAnyExcept(" \t\r\n"u8);
        if (json[after] == (byte)',') end = after + 1;
        else if (json[before] == (byte)',') start = before;
        json[start..end].Fill((byte)' ');
    }
}
