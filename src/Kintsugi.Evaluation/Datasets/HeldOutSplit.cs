using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>Chooses which samples are kept from triage and repair.</summary>
/// <remarks>
/// Units are families (a sample without one is its own). Within each stratum (the first tag of the family's first sample by id) units
/// stand in the order of their keys' hashes, and are held out from the front until the share is met. So the split needs no
/// memory, does not depend on the order of the lines, and an added sample moves at most the units at the border of its own stratum.
/// </remarks>
internal static class HeldOutSplit
{
    /// <returns>Ids of the held-out samples.</returns>
    /// <exception cref="BadFileException">Two samples of one family are split explicitly and differently.</exception>
    public static HashSet<string> Choose(IReadOnlyList<SampleLine> samples, double share)
    {
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        var open = new List<Unit>();
        foreach (var family in samples.GroupBy(s => s.Family is null ? "id:" + s.Id : "family:" + s.Family, StringComparer.Ordinal))
        {
            var members = family.OrderBy(s => s.Id, StringComparer.Ordinal).ToList();
            var explicitly = Explicit(members);
            if (explicitly is null) open.Add(new Unit(Rank(family.Key), family.Key, members));
            if (explicitly == true) chosen.UnionWith(members.Select(m => m.Id));
        }
        foreach (var stratum in open.GroupBy(u => u.Members[0].Tags.Count > 0 ? u.Members[0].Tags[0] : "", StringComparer.Ordinal))
            chosen.UnionWith(Front(stratum, share).SelectMany(u => u.Members).Select(m => m.Id));
        return chosen;
    }

    private static IEnumerable<Unit> Front(IEnumerable<Unit> stratum, double share)
    {
        var units = stratum.OrderBy(u => u.Rank).ThenBy(u => u.Key, StringComparer.Ordinal).ToList();
        var wanted = share * units.Sum(u => u.Members.Count);
        var taken = 0;
        foreach (var unit in units)
        {
            // Taken only while that brings the count nearer to the share: a family larger than the rest of the share stays visible.
            if (Math.Abs(taken + unit.Members.Count - wanted) >= Math.Abs(wanted - taken)) continue;
            taken += unit.Members.Count;
            yield return unit;
        }
    }

    private static bool? Explicit(List<SampleLine> members)
    {
        SampleLine? first = null;
        foreach (var member in members.Where(m => m.Split is not null))
        {
            first ??= member;
            if (member.Split != first.Split)
                throw new BadFileException(
                    member.File, member.Line,
                    $"Sample '{member.Id}' and sample '{first.Id}' are of the family '{member.Family}' but of different splits. Give them one split.");
        }
        return first?.Split;
    }

    private static ulong Rank(string key) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes("held-out\n" + key)));

    private sealed record Unit(ulong Rank, string Key, IReadOnlyList<SampleLine> Members);
}
