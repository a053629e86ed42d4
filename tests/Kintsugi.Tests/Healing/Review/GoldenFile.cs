using System.Runtime.CompilerServices;

namespace Kintsugi.Tests.Healing.Review;

/// <summary>A text that stands beside the tests and is compared to the letter. `UPDATE_GOLDEN=1` writes it anew, to be read before it is committed.</summary>
internal static class GoldenFile
{
    public static void Holds(string name, string actual, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(caller)!, "Golden", name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }
        Assert.True(File.Exists(path), $"{path} is missing. Run the test with UPDATE_GOLDEN=1 and read what it writes.");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
