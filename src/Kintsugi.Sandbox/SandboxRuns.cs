namespace Kintsugi.Sandbox;

/// <summary>What a finished command printed and how it ended.</summary>
/// <param name="Output">Standard output, cut at the limit, control characters but tab and newline removed.</param>
/// <param name="Error">Standard error, likewise.</param>
public sealed record SandboxResult(SandboxExit Exit, string Output, string Error, TimeSpan Duration)
{
    public bool Succeeded => Exit is { Code: 0, Limit: null };
}
