using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Evaluation.Datasets.Proposing;

/// <summary>Chooses from traces the cases that a golden dataset lacks.</summary>
/// <remarks>
/// <para>Failures first: signatures that say the same are one (<see cref="FailureClusters"/>), and inputs within it that are alike are one cluster, of which the most central is taken. One of
/// every signature, the frequent first; then a second of each, and so on; those that happened once only while a fifth of the room is left. What room is left goes, failed or not, to the input that is farthest from all that is
/// known and chosen (Gonzalez 1985, Theor. Comput. Sci. 38, 293–306), by words and by the tools that were called.</para>
/// <para>An input whose cosine with a known or a chosen one is at least <see cref="SameAs"/> says nothing new and is never chosen. Equal arguments give equal choices, whatever the order of the traces.</para>
/// </remarks>
public static class ProposedSamples
{
    /// <summary>Known inputs that are compared by their words, the last of them; equal ones are found among all.</summary>
    public const int MostCompared = 2_000;

    private const double SameAs = 0.88;
    private const double SameCluster = 0.3;
    private const double ShareOfTools = 0.15;
    private const double ShareOfFailures = 0.8; // of the room, for what failed once: the rest is for what nobody asks about because it did not fail
    private const int MostClustersOfSignature = 200;

    /// <param name="known">Of the gold, and of what waits for a person.</param>
    /// <param name="refused"><see cref="ProposedSample.InputHash"/> of what a person refused.</param>
    /// <param name="most">At least 1.</param>
    /// <param name="seed">Decides between equals.</param>
    public static ProposalChoice Choose(IReadOnlyList<Trace> traces, IReadOnlyList<KnownInput> known, IReadOnlySet<string> refused, int most, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var read = traces.Select(TraceCase.Of).OfType<TraceCase>().OrderBy(c => Rank(c.Trace.Id, seed)).ThenBy(c => c.Trace.Id, StringComparer.Ordinal).ToList();
        var hashes = known.Select(k => CanonicalJson.Hash(k.Input)).ToHashSet(StringComparer.Ordinal);
        var (compared, vectors) = (known.TakeLast(MostCompared).ToList(), TextVector.Of([.. known.TakeLast(MostCompared).Select(k => k.Input), .. read.Select(c => c.Input)]));
        var field = new Field(read, [.. vectors.Skip(compared.Count)]);
        foreach (var (i, input) in compared.Index()) field.Meet(vectors[i], null, input.Family);
        field.Bar(c => hashes.Contains(c.InputHash) || refused.Contains(c.InputHash));

        var clusters = Clusters(read, field);
        var chosen = new List<(int Case, Cluster? Of, double Likeness)>();
        var knownAlready = clusters.Where(c => c.Members.Any(field.IsMet)).ToHashSet();
        foreach (var cluster in InTurn(clusters).Where(c => !knownAlready.Contains(c)))
        {
            if (chosen.Count == most) break;
            if (cluster is { Members.Count: 1, OfSignature: > 1 } && chosen.Count >= ShareOfFailures * most) continue;
            if (cluster.Members.Where(field.IsOpen).Select(m => (int?)m).FirstOrDefault() is { } central) Take(central, cluster);
        }
        while (chosen.Count < most && field.Farthest() is { } next) Take(next, clusters.FirstOrDefault(c => c.Members.Contains(next)));

        return new ProposalChoice(
            [.. chosen.OrderBy(c => c.Of is null).Select(c => Proposed(read[c.Case], c.Of, c.Likeness, field.FamilyOf(c.Case)))],
            traces.Count, read.Count(c => c.Failure is not null), clusters.Count, clusters.Count(c => knownAlready.Contains(c) || c.Members.Any(field.IsChosen) || !c.Members.Any(field.IsOpen)),
            traces.Count - read.Count, field.Barred, field.Near);

        void Take(int at, Cluster? of)
        {
            chosen.Add((at, of, field.Likeness(at)));
            field.Choose(at);
        }
    }

    /// <summary>The largest of every signature, the frequent first; then the second largest of each, and so on, so that an outage on every kind of input does not use up the room.</summary>
    private static IEnumerable<Cluster> InTurn(IEnumerable<Cluster> clusters) => clusters
        .GroupBy(c => c.Signature)
        .SelectMany(of => of.OrderByDescending(c => c.Members.Count).Index())
        .OrderBy(c => c.Index).ThenByDescending(c => c.Item.OfSignature).ThenBy(c => c.Item.Signature)
        .Select(c => c.Item);

    /// <returns>Members of each from the most central to the least.</returns>
    private static List<Cluster> Clusters(List<TraceCase> read, Field field)
    {
        var failed = read.Index().Where(c => c.Item.Failure is not null).ToList();
        var signatures = FailureClusters.Of([.. failed.Select(c => new FailureText(c.Index.ToString(CultureInfo.InvariantCulture), $"{c.Item.Failure!.Component}: {c.Item.Failure.Canonical}"))]);
        return [.. signatures.Index().SelectMany(s => Members(s.Item).Select(members => new Cluster(s.Index, s.Item.Ids.Count, members)))];

        List<List<int>> Members(FailureCluster of) => field.Group([.. of.Ids.Select(id => int.Parse(id, CultureInfo.InvariantCulture))], SameCluster, MostClustersOfSignature);
    }

    private static ProposedSample Proposed(TraceCase from, Cluster? of, double likeness, string? family) => new(
        from.Trace.Id, from.InputHash, from.Input, from.Output, from.TagsFrom(), family,
        new ProposalReason(Said(from.Failure), from.Failure?.Hash, from.Failure is not null && from.Output is not null, of?.Members.Count ?? 0, Math.Round(Math.Clamp(likeness, 0, 1), 3)));

    private static string? Said(ErrorSignature? failure) => failure is null ? null : failure.Canonical.Length == 0 || failure.Canonical == failure.Component ? failure.Component : $"{failure.Component}: {failure.Canonical}";

    private static ulong Rank(string id, int seed) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}\n{id}"))));

    /// <param name="Signature">Its place among the signatures; <paramref name="OfSignature"/>: how many traces have it.</param>
    private sealed record Cluster(int Signature, int OfSignature, IReadOnlyList<int> Members);

    /// <summary>The cases as points, with how near each has come to what is known or chosen.</summary>
    private sealed class Field(List<TraceCase> cases, IReadOnlyList<TextVector> vectors)
    {
        private readonly float[] _room = new float[TextVector.Dimensions];
        private readonly float[] _words = new float[cases.Count]; // the largest cosine so far
        private readonly double[] _all = new double[cases.Count]; // with the tools
        private readonly string?[] _families = new string?[cases.Count];
        private readonly bool[] _barred = new bool[cases.Count];
        private readonly bool[] _chosen = new bool[cases.Count];

        public int Barred => _barred.Count(b => b);

        public int Near => cases.Index().Count(c => !_barred[c.Index] && !_chosen[c.Index] && _words[c.Index] >= SameAs);

        public bool IsOpen(int at) => !_barred[at] && !_chosen[at] && _words[at] < SameAs;

        public bool IsMet(int at) => _words[at] >= SameAs;

        public bool IsChosen(int at) => _chosen[at];

        public double Likeness(int at) => _words[at];

        public string? FamilyOf(int at) => _families[at];

        public void Bar(Func<TraceCase, bool> isBarred)
        {
            for (var i = 0; i < cases.Count; i++) _barred[i] = isBarred(cases[i]);
        }

        /// <summary>Notes how near every case is to one that is known or chosen. The family is that of the likest that has one.</summary>
        public void Meet(TextVector one, IReadOnlySet<string>? tools, string? family) => one.Compare(_room, vectors, (i, cosine) =>
        {
            if (cosine > _words[i])
            {
                _words[i] = cosine;
                if (family is not null && cosine >= SameCluster && !_chosen[i]) _families[i] = family;
            }
            _all[i] = Math.Max(_all[i], ((1 - ShareOfTools) * cosine) + (tools is null ? 0 : ShareOfTools * Shared(tools, cases[i].Tools)));
        });

        public void Choose(int at)
        {
            _chosen[at] = true;
            _families[at] ??= "t-" + cases[at].InputHash[..8];
            Meet(vectors[at], cases[at].Tools, _families[at]);
        }

        /// <summary>The open case that is least like all that is met; of equals the first.</summary>
        public int? Farthest()
        {
            int? best = null;
            for (var i = 0; i < cases.Count; i++)
                if (IsOpen(i) && (best is null || _all[i] < _all[best.Value])) best = i;
            return best;
        }

        /// <summary>Puts cases together whose cosine with the first of a group is at least <paramref name="alike"/>; past <paramref name="most"/> groups with the nearest.</summary>
        public List<List<int>> Group(IReadOnlyList<int> members, double alike, int most)
        {
            List<List<int>> groups = [];
            var left = members.ToList();
            while (left.Count > 0)
            {
                List<int> group = [], others = [];
                var all = groups.Count == most - 1;
                vectors[left[0]].Compare(_room, [.. left.Select(m => vectors[m])], (i, cosine) => (i == 0 || all || cosine >= alike ? group : others).Add(left[i]));
                groups.Add(Central(group));
                left = others;
            }
            return groups;
        }

        private List<int> Central(List<int> group)
        {
            if (group.Count <= 2) return group;
            var centre = new float[TextVector.Dimensions];
            foreach (var member in group)
                for (var i = 0; i < vectors[member].Indexes.Length; i++) centre[vectors[member].Indexes[i]] += vectors[member].Weights[i];
            return [.. group.OrderByDescending(member => vectors[member].Dot(centre))];
        }

        private static double Shared(IReadOnlySet<string> a, IReadOnlySet<string> b)
        {
            if (a.Count == 0 && b.Count == 0) return 1;
            var both = a.Count(b.Contains);
            return (double)both / (a.Count + b.Count - both);
        }
    }
}
