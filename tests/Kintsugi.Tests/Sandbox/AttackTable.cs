using System.Globalization;
using System.Text;

namespace Kintsugi.Tests.Sandbox;

/// <summary>One attempt to get out of the sandbox, or to do harm from inside it.</summary>
/// <param name="Number">Stays with the attempt for good; gaps are numbers whose attempt is tested with another.</param>
/// <param name="Tries">What it tries, as a sentence.</param>
/// <param name="Script">Name of its file in Attacks/, without extension; null when it is driven from outside alone.</param>
internal sealed record Attack(int Number, string Tries, string? Script)
{
    /// <summary>Whether the script is the whole of it. Otherwise a test named after its number drives it from outside.</summary>
    public bool FromInside => Script is not null && !AttackTable.Driven.Contains(Number);

    /// <returns>Why the tier does not hold it; null when it does.</returns>
    public string? NotHeldIn(string tier) => AttackTable.NotHeld.GetValueOrDefault((Number, tier));
}

/// <summary>What is attempted and what comes of it in each tier: tests hold the code to it, and docs/security.md is made from it.</summary>
internal static class AttackTable
{
    public static readonly IReadOnlyList<string> Tiers = ["A", "B", "C"];

    private const string
        PathsOnly = "accepted: paths only, and no content",
        OutOfSight = "a kept layer is measured by walking it, so what the walk does not see is not counted; nothing but the disk's own size ends it";

    /// <summary>All that is known not to hold. That it does not is tested too: what begins to hold has to leave this list.</summary>
    public static readonly IReadOnlyDictionary<(int Number, string Tier), string> NotHeld = new Dictionary<(int, string), string>
    {
        [(40, "A")] = PathsOnly,
        [(40, "B")] = PathsOnly,
        [(40, "C")] = PathsOnly,
        [(41, "C")] = "accepted: the names of the groups that hold the limits, and no way to them",
        [(55, "B")] = "without a cgroup, memory that no process maps is not counted",
        [(67, "B")] = "without a cgroup, the kernel's buffers are not counted",
        [(78, "A")] = OutOfSight,
        [(78, "B")] = OutOfSight,
        [(78, "C")] = OutOfSight,
    };

    /// <summary>Numbers of the attacks that a test drives from outside: it is named `Attack_NN_…`.</summary>
    public static readonly IReadOnlySet<int> Driven = FindDriven();

    public static readonly IReadOnlyList<Attack> All = [.. Scripts().Concat(Outside).OrderBy(attack => attack.Number)];

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Attacks");

    private static IEnumerable<Attack> Outside =>
    [
        new(52, "Fork without end, from a shell.", null),
        new(56, "Leave children in sessions of their own that outlive the command.", null),
        new(57, "Go on after the product was killed by SIGKILL.", null),
        new(58, "Print without end.", null),
        new(59, "Print slowly without end.", null),
        new(60, "End, and leave a child that keeps standard output open.", null),
        new(61, "Ignore every signal and spin.", null),
        new(62, "Print escape sequences, on which a terminal acts.", null),
        new(63, "Leave links, a FIFO, a device, a directory or a file of any size in place of a result file, so that the host reads something else.", null),
        new(64, "Tamper with a repository's configuration, hooks, filters and attributes, or hide another repository in it, so that git on the host runs a program.", null),
        new(65, "Have something mounted below a symbolic link of the workspace, which leads out of it.", null),
        new(68, "Flood the gateway with connections, so that other runs go without.", null),
        new(69, "Smuggle a second request or a header past the gateway.", null),
        new(72, "Swap a result file or its directory for a link while the host reads it.", null),
    ];

    public static Attack Of(int number) => All.Single(attack => attack.Number == number);

    public static Attack Of(string script) => All.Single(attack => attack.Script == script);

    public static string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"| # | attempt | {string.Join(" | ", Tiers.Select(tier => "tier " + tier))} |\n");
        text.Append(CultureInfo.InvariantCulture, $"|---:|---|{string.Concat(Tiers.Select(_ => "---|"))}\n");
        foreach (var attack in All)
        {
            var outcomes = Tiers.Select(tier => attack.NotHeldIn(tier) is { } why ? $"**not held**: {why}" : "held");
            text.Append(CultureInfo.InvariantCulture, $"| {attack.Number} | {attack.Tries.TrimEnd('.')} | {string.Join(" | ", outcomes)} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<Attack> Scripts() =>
        from file in Directory.EnumerateFiles(Folder, "??-*.py")
        let script = Path.GetFileNameWithoutExtension(file)
        select new Attack(int.Parse(script.AsSpan(0, 2), CultureInfo.InvariantCulture), File.ReadLines(file).First().Trim('"'), script);

    private static HashSet<int> FindDriven() =>
        [.. from type in typeof(AttackTable).Assembly.GetTypes()
            from method in type.GetMethods()
            where method.Name.StartsWith("Attack_", StringComparison.Ordinal)
            select int.Parse(method.Name.Split('_')[1], CultureInfo.InvariantCulture)];
}
