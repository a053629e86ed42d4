using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Bubblewrap;

/// <summary>What bwrap wrote to its --json-status-fd: the number of PID 1 as the host sees it, and the exit code once there is one.</summary>
internal sealed partial class BubblewrapStatus(SafeFileHandle file) : IDisposable
{
    public int? Child => Number(ChildPattern());

    /// <summary>Null if bwrap itself ended before the command did.</summary>
    public int? ExitCode => Number(ExitPattern());

    public void Dispose() => file.Dispose();

    private int? Number(Regex pattern)
    {
        var bytes = new byte[1024];
        var text = Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0));
        return pattern.Match(text) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex("\"child-pid\": ([0-9]{1,9})")]
    private static partial Regex ChildPattern();

    [GeneratedRegex("\"exit-code\": ([0-9]{1,9})")]
    private static partial Regex ExitPattern();
}
