using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kintsugi.Healing.Incidents;
using Kintsugi.Storage;

namespace Kintsugi.Bench;

/// <summary>A demo's repository made by the real command, and what can be asked of it from outside.</summary>
/// <param name="Path">Absolute.</param>
public sealed record DemoFolder(string Path)
{
    private static readonly string[] Own = [".git/", ".kintsugi/kintsugi.db", ".kintsugi/work/"];

    /// <summary>Makes and blesses the repository and leaves the heal to the caller.</summary>
    /// <exception cref="InvalidOperationException">It could not be made.</exception>
    public static async Task<DemoFolder> MakeAsync(string path, string scenario, int seed, CancellationToken cancellationToken)
    {
        var end = await new KintsugiCommand("demo", "--make-only", "--scenario", scenario, "--seed", Text(seed), "--directory", path).RunAsync(cancellationToken);
        return end.ExitStatus == 0 ? new DemoFolder(path) : throw new InvalidOperationException($"The demo '{scenario}' with seed {seed} was not made: {end.Error}");
    }

    public async Task<DemoFolder> CopyAsync(string to, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(to);
        await KintsugiCommand.HostAsync("cp", ["-a", "--", Path + "/.", to], cancellationToken);
        return new DemoFolder(to);
    }

    public void Delete() => Directory.Delete(Path, recursive: true);

    public KintsugiCommand Heal(int seed) => new("heal", Path, "--seed", Text(seed), "--json");

    /// <summary>Every event of every incident, or nothing when there is no database yet.</summary>
    public IReadOnlyList<IncidentState> Incidents()
    {
        var file = System.IO.Path.Combine(Path, ".kintsugi", "kintsugi.db");
        if (!File.Exists(file)) return [];
        var log = new IncidentLog(Database.Open(file), TimeProvider.System);
        return [.. log.List().Select(row => IncidentState.Fold(row.Id, log.Read(row.Id)))];
    }

    /// <summary>Branches that hold a fix.</summary>
    public async Task<IReadOnlyList<string>> FixesAsync(CancellationToken cancellationToken) =>
        (await KintsugiCommand.HostAsync("git", ["-C", Path, "for-each-ref", "--format=%(refname)", "refs/heads/kintsugi"], cancellationToken))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Hash of what is the user's: HEAD, the index, all branches but Kintsugi's, every file of the work tree.</summary>
    public async Task<string> UsersOwnAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        text.AppendJoin('\n', (await KintsugiCommand.HostAsync("git", ["-C", Path, "for-each-ref"], cancellationToken))
            .Split('\n').Where(line => !line.Contains("refs/heads/kintsugi/", StringComparison.Ordinal)));
        foreach (var file in (string[])[".git/HEAD", ".git/index"]) await AppendAsync(file);
        foreach (var file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).Select(f => System.IO.Path.GetRelativePath(Path, f)).Order(StringComparer.Ordinal))
        {
            if (!Own.Any(own => file.StartsWith(own, StringComparison.Ordinal))) await AppendAsync(file);
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

        async Task AppendAsync(string file) =>
            text.Append(CultureInfo.InvariantCulture, $"{file} {Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(System.IO.Path.Combine(Path, file), cancellationToken)))}\n");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A place for demo folders that is gone when disposed.</summary>
public sealed class DrillGround : IDisposable
{
    private readonly string _path = Made();

    public string Place(string name) => Path.Combine(_path, name);

    /// <summary>The user that sandboxes run as comes through to what is built there.</summary>
    private static string Made()
    {
        var made = Directory.CreateTempSubdirectory("kintsugi-drill-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(made, File.GetUnixFileMode(made) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return made;
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
