using Kintsugi.Models.Routing;

namespace Kintsugi.Healing.Incidents;

/// <summary>What a person can do about a world that failed.</summary>
public static class WorldRemedy
{
    /// <param name="faults">As <see cref="Kintsugi.Models.OutsideCall.WorldFault"/> has them.</param>
    /// <param name="otherwise">For faults that pass.</param>
    public static string Of(IReadOnlyList<string> faults, string otherwise) =>
        faults.Count == 0 ? otherwise
        : faults.All(f => Says(f, Faults.JudgeAbstained)) ? "The judge contradicts itself on too many answers: sharpen its rubric or take another model, then `kintsugi judge calibrate` (docs/judges.md)."
        : faults.All(f => Says(f, Faults.JudgeAdvises)) ? "Too many samples carry a tag on which the judge may only advise: add a scorer that decides on them, or label more of them (docs/judges.md)."
        : faults.All(Faults.Lasts)
        ? "Waiting does not mend this: `kintsugi doctor` asks each provider and says what is wrong, docs/models.md what the words mean."
        : otherwise;

    private static bool Says(string fault, string word) => fault.Contains(word + ":", StringComparison.Ordinal);
}
