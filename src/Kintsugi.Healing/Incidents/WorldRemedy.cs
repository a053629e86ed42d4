using Kintsugi.Models.Routing;

namespace Kintsugi.Healing.Incidents;

/// <summary>What a person can do about a world that failed.</summary>
public static class WorldRemedy
{
    /// <param name="faults">As <see cref="Kintsugi.Models.OutsideCall.WorldFault"/> has them.</param>
    /// <param name="otherwise">For faults that pass.</param>
    public static string Of(IReadOnlyList<string> faults, string otherwise) => faults.Count > 0 && faults.All(Faults.Lasts)
        ? "Waiting does not mend this: `kintsugi doctor` asks each provider and says what is wrong, docs/models.md what the words mean."
        : otherwise;
}
