using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Kintsugi.Bench;

/// <summary>The `kintsugi` program as it is, in this process, which is killed (-9) once so many events are on disk and before the next step begins.</summary>
/// <remarks>A heal says each event on standard error when it is on disk, and goes on when it has said so: that is the moment.</remarks>
public static partial class KilledCommand
{
    /// <summary>The way to run it, from a process beside it.</summary>
    public static KintsugiCommand After(int events, params IReadOnlyList<string> arguments) =>
        KintsugiCommand.OfBench(["killed", events.ToString(CultureInfo.InvariantCulture), "--", .. arguments]);

    public static int Run(int events, string[] arguments)
    {
        Console.SetError(new KillingWriter(Console.Error, events));
        return (int)Assembly.Load("kintsugi").EntryPoint!.Invoke(null, [arguments])!;
    }

    [GeneratedRegex(@"^  (open|evaluate|detect|triage|repair|propose|close) +[0-9.]+ s +[0-9]+ runs  ")]
    private static partial Regex EventLine();

    private sealed class KillingWriter(TextWriter inner, int events) : TextWriter
    {
        private int _seen;

        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value) => inner.Write(value);

        public override void WriteLine(string? value)
        {
            inner.WriteLine(value);
            if (value is null || !EventLine().IsMatch(value) || ++_seen < events) return;
            inner.Flush();
            using var self = Process.GetCurrentProcess();
            self.Kill();
        }
    }
}
