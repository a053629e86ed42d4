using System.CommandLine;

namespace Kintsugi.Cli.Verbs;

internal static class InitVerb
{
    public static Command Command() => new("init", "Writes a kintsugi.yaml that runs.");
}
