using System.Globalization;

namespace Kintsugi.Sandbox.Inside;

/// <summary>What the step before the sandbox is told of the request's files.</summary>
internal static class StageArguments
{
    /// <param name="init">The program that is the stage.</param>
    /// <param name="stage">Empty directory on which the layers are put.</param>
    public static IEnumerable<string> For(SandboxRequest request, string init, string stage)
    {
        List<string> arguments = [init, "stage", $"stage={stage}", $"size={Text(request.Limits.WorkspaceBytes)}", $"files={Text(request.Limits.Files)}"];
        if (request.Workspace is not { } workspace)
            return arguments;
        if (workspace.Keep is { } keep)
            arguments.Add($"keep={keep}");
        return arguments.Concat(workspace.Layers.Reverse().Select(layer => $"layer={layer}"));
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
