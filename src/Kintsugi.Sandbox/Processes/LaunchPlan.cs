using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Processes;

/// <summary>A program to start on the host.</summary>
/// <param name="Arguments">The first is the program's absolute path.</param>
/// <param name="Environment">`NAME=value`; nothing else is passed on.</param>
/// <param name="Descriptors">Open files handed over, by the number that the program finds them under (3 to 63). The caller still owns and closes them.</param>
/// <param name="Owner">User and group the three pipes belong to, so that /dev/stdout can be opened after a change of user; null: ours.</param>
internal sealed record LaunchPlan(
    IReadOnlyList<string> Arguments,
    IReadOnlyList<string> Environment,
    IReadOnlyDictionary<int, SafeFileHandle> Descriptors,
    uint? Owner = null);
