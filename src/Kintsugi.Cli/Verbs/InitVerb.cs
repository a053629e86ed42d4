using System.CommandLine;
using System.Text;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Review;

namespace Kintsugi.Cli.Verbs;

/// <summary>Looks at a project and writes what it needs to be under care. Needs no repository and no commit.</summary>
internal static class InitVerb
{
    private const int LongestText = 256 << 10;

    public static Command Command()
    {
        var directory = Edge.Directory("The agent's directory; kintsugi.yaml is written there.");
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be written, and write nothing." };
        return new Verb("init", "Recognises a Python, Node or .NET agent and its framework, and writes a kintsugi.yaml that runs. Overwrites nothing.")
        {
            Arguments = { directory },
            Options = { dryRun },
            Writes = "kintsugi.yaml, golden/samples.jsonl and, unless the agent speaks the line protocol already, an adapter; only files that do not exist.",
            Examples =
            [
                ("kintsugi init", "write the files for the agent in this directory"),
                ("kintsugi init agents/scorer --dry-run", "print them instead"),
            ],
            Exits = [(ExitStatus.Ok, "written, or nothing was left to write")],
        }.Does((parsed, cancellationToken) => Task.FromResult(Run(parsed.GetValue(directory)!, parsed.GetValue(dryRun), cancellationToken)));
    }

    private static int Run(string given, bool dryRun, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(given)) throw new UsageException($"there is no directory '{Text.Plain(given)}'. Give the agent's, the one where its code is.");
        var root = Path.GetFullPath(given);
        var (files, cut) = ProjectFiles.In(root, cancellationToken);
        var plan = InitDetector.Detect(Path.GetFileName(Path.TrimEndingDirectorySeparator(root)), files, path => ProjectFiles.Read(root, path, LongestText));
        if (!dryRun) ThrowIfTaken(root, plan.Files);

        var frameworks = plan.Frameworks.Count == 0 ? "no framework that is known here" : string.Join(", ", plan.Frameworks);
        Console.Out.WriteLine(plan.Language == "unknown"
            ? "Recognised no language: the adapter is in Python; see docs/configuration.md for other ways to answer."
            : $"Recognised {Named(plan.Language)}, {frameworks}.");
        if (cut) Console.Out.WriteLine($"Looked at the first {ProjectFiles.Most} files only.");
        foreach (var file in plan.Files)
        {
            if (!dryRun) Write(root, file);
            Console.Out.WriteLine($"{(dryRun ? "would write" : "wrote")}  {file.Path}");
            if (dryRun) Console.Out.WriteLine(string.Concat(file.Content.TrimEnd('\n').Split('\n').Select(line => $"    {line}\n")));
        }
        foreach (var note in plan.Notes) Console.Out.WriteLine($"- {Text.Plain(note)}");
        if (plan.Files.Count > 0) Next(given, plan);
        return ExitStatus.Ok;
    }

    /// <exception cref="UsageException">A directory to write into is a link or a file, or a file to write is a directory: what stands there stays.</exception>
    private static void ThrowIfTaken(string root, IReadOnlyList<PlannedFile> files)
    {
        foreach (var path in files.Select(f => Path.Combine(root, f.Path)).Where(Directory.Exists))
            throw new UsageException($"{path} is a directory, so nothing is written. Move it away, or write the files by hand (--dry-run shows them).");
        foreach (var parent in files.Select(f => Path.GetDirectoryName(Path.Combine(root, f.Path))!).Where(parent => parent != root))
            if (File.Exists(parent) || new DirectoryInfo(parent).LinkTarget is not null)
                throw new UsageException($"{parent} is no directory of its own, so nothing is written. Move it away, or write the files by hand (--dry-run shows them).");
    }

    private static void Write(string root, PlannedFile file)
    {
        var path = Path.Combine(root, file.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // CreateNew: what appeared since we looked, or is a link to elsewhere, stays as it is.
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        stream.Write(Encoding.UTF8.GetBytes(file.Content));
    }

    private static void Next(string given, InitPlan plan)
    {
        var at = given == "." ? "" : $" {ShellWord.Quote(given)}";
        var paths = string.Join(' ', plan.Files.Select(f => ShellWord.Quote(given == "." ? f.Path : Path.Combine(given, f.Path))));
        Console.Out.WriteLine();
        Console.Out.WriteLine("Next:");
        Console.Out.WriteLine($"  git add {paths} && git commit -m \"Put the agent under care\"");
        Console.Out.WriteLine($"  kintsugi eval{at}");
        Console.Out.WriteLine($"  kintsugi bless{(at.Length == 0 ? "" : $" --dir{at}")}");
    }

    private static string Named(string language) => language switch { "python" => "Python", "node" => "Node.js", "dotnet" => ".NET", _ => language };
}
