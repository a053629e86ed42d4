using System.ComponentModel;
using System.Globalization;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Cli.Output;

/// <summary>What `cassette export --json` prints.</summary>
internal sealed record CassetteExportDocument(
    string File,
    long Recordings,
    [property: Description("How many samples they are of.")] int Samples,
    long SizeBytes);

/// <summary>What `cassette import --json` prints.</summary>
internal sealed record CassetteImportDocument(
    string File,
    [property: Description("Recordings in the file.")] long Read,
    long Added,
    [property: Description("Those that were there already, and stayed as they were.")] long Kept,
    [property: Description("Those that were there already, and gave way (`--replace`).")] long Replaced);

/// <summary>A line on standard error now and then, for files that take their time.</summary>
internal sealed class CassetteProgressLog(string done) : IProgress<CassetteProgress>
{
    public void Report(CassetteProgress value) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {value.Recordings:N0} recordings {done}, {value.Bytes / 1e6:N0} MB"));
}
