namespace Kintsugi.Init;

/// <summary>The two native steps of starting a sandboxed command: `stage` lays out its files, `run` is PID 1 inside; `reach` and `refused` are for the probe.</summary>
internal static class Program
{
    private static int Main(string[] arguments) => arguments switch
    {
        ["stage", .. var rest] => Stage.Run(rest),
        ["run", .. var rest] => Supervisor.Run(rest),
        ["reach", var port] => Loopback.Connect(ushort.Parse(port, System.Globalization.CultureInfo.InvariantCulture)) >= 0 ? 0 : 1,
        ["refused"] => Refusals.Run(),
        _ => Say.Fail("this program is started by kintsugi, not by hand."),
    };
}
