using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Datasets.Proposing;

namespace Kintsugi.Cli;

/// <summary>The golden dataset as it lies in the work tree, committed or not: what is added to and changed.</summary>
internal sealed class WorkTreeGold
{
    private readonly HashSet<string> _ids;
    private readonly HashSet<string> _inputs;

    private WorkTreeGold(IReadOnlyList<GoldPlace> files, List<SampleLine> lines)
    {
        Files = files;
        Lines = lines;
        _ids = lines.Select(l => l.Id).ToHashSet(StringComparer.Ordinal);
        _inputs = lines.Select(l => CanonicalJson.Hash(l.Input)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>As `dataset:` of kintsugi.yaml names them, those that do not exist too.</summary>
    public IReadOnlyList<GoldPlace> Files { get; }

    public IReadOnlyList<SampleLine> Lines { get; }

    public IReadOnlyList<SampleDraft> Drafts => [.. Lines.Select(l => l.Draft())];

    public IEnumerable<KnownInput> Inputs => Lines.Select(l => new KnownInput(l.Input, l.Family));

    /// <exception cref="BadFileException">A line is no sample, or an id stands twice.</exception>
    public static async Task<WorkTreeGold> ReadAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        List<GoldPlace> files = [.. workspace.Agent.Datasets.Select(name => new GoldPlace(name, Path.GetFullPath(Path.Combine(workspace.Directory, name))))];
        List<SampleLine> lines = [];
        var seen = new Dictionary<string, SampleLine>(StringComparer.Ordinal);
        foreach (var (name, path) in files.Where(f => File.Exists(f.Path)))
        {
            await using var stream = File.OpenRead(path);
            await foreach (var line in JsonLines.ReadAsync(name, stream, SampleLine.Parse, cancellationToken))
            {
                if (!seen.TryAdd(line.Id, line)) throw new BadFileException(line.File, line.Line, $"The id '{line.Id}' stands already at {seen[line.Id].File}({seen[line.Id].Line}). Give each sample its own.");
                lines.Add(line);
            }
        }
        return new WorkTreeGold(files, lines);
    }

    /// <param name="input">Hash of the canonical input.</param>
    public bool HasInput(string input) => _inputs.Contains(input);

    /// <summary>An id that no sample has, and that is given out once.</summary>
    public string NewId(string wanted)
    {
        for (var n = 2; ; n++)
        {
            var id = n == 2 ? wanted : $"{wanted}-{n - 1}";
            if (_ids.Add(id)) return id;
        }
    }

    /// <summary>Puts a sample at the end of a file.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> AddAsync(GoldPlace file, SampleDraft sample, CancellationToken cancellationToken)
    {
        var id = NewId(sample.Id!);
        await GoldFile.AppendAsync(file.Path, [sample.Line(id)], cancellationToken);
        _inputs.Add(CanonicalJson.Hash(sample.Input));
        return id;
    }

    /// <summary>The file of `dataset:` that goes by this name; the first where none is asked for.</summary>
    public GoldPlace Place(string? name) => name is null ? Files[0] : Files.FirstOrDefault(f => f.Name == name || f.Path == Path.GetFullPath(name))
        ?? throw new Verbs.UsageException($"'{Output.Text.Plain(name)}' is none of this agent's dataset files. They are {string.Join(", ", Files.Select(f => f.Name))}.");
}

/// <param name="Name">As kintsugi.yaml has it.</param>
/// <param name="Path">Absolute.</param>
internal sealed record GoldPlace(string Name, string Path);
