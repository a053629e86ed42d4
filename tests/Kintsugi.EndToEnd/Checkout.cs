using System.Runtime.CompilerServices;

namespace Kintsugi.EndToEnd;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    private static string Find([CallerFilePath] string here = "")
    {
        for (var directory = Path.GetDirectoryName(here); directory is not null; directory = Path.GetDirectoryName(directory))
            if (File.Exists(Path.Combine(directory, "Kintsugi.slnx"))) return directory;
        throw new InvalidOperationException($"No Kintsugi.slnx stands above {here}. Run the tests where they were built.");
    }
}
