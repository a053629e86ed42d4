namespace Kintsugi.Healing.Triage;

/// <summary>Which new line is an old line edited: what lets a block of changed lines be put back line by line.</summary>
internal static class LineLikeness
{
    /// <summary>Whether two lines share at least half of their words (Dice), so that one reads as the other edited.</summary>
    public static bool Resemble(string a, string b) => Of(a, b) >= 0.5;

    /// <summary>Whether two edited lines gained or lost the same name: then one rename runs through both.</summary>
    public static bool RenameAlike((string Old, string New) a, (string Old, string New) b) =>
        Names(a.New, a.Old).Intersect(Names(b.New, b.Old)).Any() || Names(a.Old, a.New).Intersect(Names(b.Old, b.New)).Any();

    /// <summary>Steps that turn the removed lines into the added ones: pairs of like lines where there are such, single deletions and additions between,
    /// in order and covering both sides.</summary>
    public static IReadOnlyList<(int Removed, int RemovedCount, int Added, int AddedCount)> Align(string[] removed, string[] added)
    {
        var best = new double[removed.Length + 1, added.Length + 1];
        for (var i = removed.Length - 1; i >= 0; i--)
        {
            for (var j = added.Length - 1; j >= 0; j--)
                best[i, j] = Math.Max(Paired(i, j) + best[i + 1, j + 1], Math.Max(best[i + 1, j], best[i, j + 1]));
        }

        var steps = new List<(int, int, int, int)>();
        for (int i = 0, j = 0; i < removed.Length || j < added.Length;)
        {
            if (i < removed.Length && j < added.Length && Paired(i, j) > 0 && Math.Abs(best[i, j] - Paired(i, j) - best[i + 1, j + 1]) < 1e-12)
                steps.Add((i++, 1, j++, 1));
            else if (i < removed.Length && (j == added.Length || best[i, j] <= best[i + 1, j])) steps.Add((i++, 1, j, 0));
            else steps.Add((i, 0, j++, 1));
        }

        return steps;

        double Paired(int i, int j) => Of(removed[i], added[j]) is >= 0.5 and var likeness ? likeness : 0;
    }

    private static double Of(string a, string b)
    {
        var left = Words(a);
        var right = Words(b);
        return left.Length + right.Length == 0 ? 1 : 2.0 * left.Intersect(right).Count() / (left.Distinct().Count() + right.Distinct().Count());
    }

    /// <summary>Names that stand in one line and not in the other; numbers and signs are none.</summary>
    private static IEnumerable<string> Names(string of, string butNotOf) => Words(of).Except(Words(butNotOf)).Where(w => char.IsLetter(w[0]));

    private static string[] Words(string line)
    {
        var words = new List<string>();
        for (var i = 0; i < line.Length;)
        {
            if (char.IsWhiteSpace(line[i]))
            {
                i++;
                continue;
            }

            var start = i;
            if (IsOfName(line[i]))
            {
                while (i < line.Length && IsOfName(line[i])) i++;
            }
            else
            {
                i++;
            }

            words.Add(line[start..i]);
        }

        return [.. words];

        // With the underscore: `company_domain` is another name than `domain`, also beside a description that speaks of a company.
        static bool IsOfName(char c) => char.IsLetterOrDigit(c) || c == '_';
    }
}
