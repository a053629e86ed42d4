using System.Runtime.CompilerServices;

namespace Kintsugi.Tests;

/// <summary>Files of this repository, for tests that read documents, schemas and golden files.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string Find([CallerFilePath] string here = "")
    {
        var directory = new DirectoryInfo(Path.GetDirectoryName(here)!);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Kintsugi.slnx"))) directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"{here} lies in no checkout of this repository.");
    }
}
