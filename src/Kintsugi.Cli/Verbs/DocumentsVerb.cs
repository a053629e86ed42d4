using System.CommandLine;

namespace Kintsugi.Cli.Verbs;

/// <summary>Rewrites the documents that are made from the code; tests hold them equal. For those who work on Kintsugi.</summary>
internal static class DocumentsVerb
{
    public static Command Command()
    {
        var directory = Edge.Directory("The docs directory of a checkout.");
        return new Command("documents", "Rewrites docs/commands.md and the JSON Schemas of what --json prints.") { Arguments = { directory }, Hidden = true }
            .Does(async (parsed, cancellationToken) =>
            {
                foreach (var (name, text) in Documents.All())
                    await File.WriteAllTextAsync(Path.Combine(parsed.GetValue(directory)!, name), text, cancellationToken);
                return ExitStatus.Ok;
            });
    }
}
