using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Kintsugi.Init;

/// <summary>Words on standard error, without the console's machinery.</summary>
internal static class Say
{
    /// <summary>Exit code of a sandbox that could not be set up; what the command itself ends with is never mistaken for it, since that is told over the control socket.</summary>
    public const int Broken = 125;

    public static unsafe int Fail(string words)
    {
        var bytes = Encoding.UTF8.GetBytes($"kintsugi-init: {words}\n");
        fixed (byte* start = bytes)
            _ = LibC.Write(2, start, (nuint)bytes.Length);
        return Broken;
    }

    /// <summary>With the error that the last call left.</summary>
    public static int FailLast(string what) =>
        Fail(string.Create(CultureInfo.InvariantCulture, $"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())} ({Marshal.GetLastPInvokeError()})"));
}
