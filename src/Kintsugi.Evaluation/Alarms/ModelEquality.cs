namespace Kintsugi.Evaluation.Alarms;

/// <summary>Answers to one recorded prompt: some kept from when the model was known good, some of now, asked alike.</summary>
public sealed record PromptAnswers(string Prompt, IReadOnlyList<string> Reference, IReadOnlyList<string> Current);

/// <param name="Statistic">The squared maximum mean discrepancy, summed over prompts; 0 where both sides hold the same answers equally often.</param>
/// <param name="PValue">In (0, 1]: small shows that the answers come from another distribution.</param>
/// <param name="ByPrompt">Each prompt's part of the statistic, largest first: where to look.</param>
public sealed record ModelEqualityResult(double Statistic, double PValue, IReadOnlyList<(string Prompt, double Part)> ByPrompt);

/// <summary>Whether a model still answers recorded prompts as it did: the two-sample test of its answers.</summary>
/// <remarks>
/// <para>Model equality testing (Gao, Liang and Guestrin 2024, arXiv 2410.20247): the maximum mean discrepancy (Gretton et al. 2012, J. Mach. Learn. Res. 13, 723–773)
/// with a Hamming kernel, here the share of character positions at which two answers agree, the shorter one padded, the first 1,000 characters. Each prompt weighs
/// mn/(m + n) for its m and n answers. The null distribution is made by permuting answers between then and now within each prompt.</para>
/// <para>Guarantee: if on every prompt the answers of then and now are exchangeable, P(p ≤ alpha) ≤ alpha exactly. One answer a side can show nothing: the
/// statistic is the same with both exchanged. Where single answers are kept, compare their scores by <see cref="ControlSet"/>. It shows that the model answers
/// otherwise, not that it answers worse.</para>
/// </remarks>
public static class ModelEquality
{
    private const int LongestCompared = 1000;

    /// <param name="permutations">At least 1; 1 / (1 + permutations) is the smallest p-value.</param>
    /// <param name="random">Seeded by the caller, so that a finding can be repeated.</param>
    /// <returns>p = 1 when no prompt has answers on both sides and three in all.</returns>
    public static ModelEqualityResult Test(IReadOnlyList<PromptAnswers> prompts, int permutations, Random random)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 1);
        var compared = prompts.Where(p => p.Reference.Count > 0 && p.Current.Count > 0 && p.Reference.Count + p.Current.Count > 2).ToList();
        var kernels = compared.ConvertAll(p => Kernel([.. p.Reference, .. p.Current]));
        var orders = compared.ConvertAll(p => Enumerable.Range(0, p.Reference.Count + p.Current.Count).ToArray());
        var parts = Parts();
        var statistic = parts.Sum();
        var asLarge = 0;
        for (var i = 0; i < permutations; i++)
        {
            foreach (var order in orders) random.Shuffle(order);
            if (Parts().Sum() >= statistic - 1e-9) asLarge++;
        }

        return new ModelEqualityResult(
            statistic, (1.0 + asLarge) / (1 + permutations),
            [.. compared.Zip(parts, (p, part) => (p.Prompt, part)).OrderByDescending(p => p.part).ThenBy(p => p.Prompt, StringComparer.Ordinal)]);

        double[] Parts() => [.. compared.Select((p, i) => Discrepancy(kernels[i], orders[i], p.Reference.Count))];
    }

    /// <summary>mn/(m + n) · (mean k(x, x′) + mean k(y, y′) − 2·mean k(x, y)), the first <paramref name="m"/> of the order being the x.</summary>
    private static double Discrepancy(double[,] kernel, int[] order, int m)
    {
        var n = order.Length - m;
        double xx = 0, yy = 0, xy = 0;
        for (var i = 0; i < order.Length; i++)
        {
            for (var j = 0; j < order.Length; j++)
            {
                var k = kernel[order[i], order[j]];
                if (i < m && j < m) xx += k;
                else if (i >= m && j >= m) yy += k;
                else xy += k / 2;
            }
        }

        return (double)m * n / (m + n) * ((xx / m / m) + (yy / n / n) - (2 * xy / m / n));
    }

    private static double[,] Kernel(string[] answers)
    {
        var longest = Math.Clamp(answers.Max(a => a.Length), 1, LongestCompared);
        var kernel = new double[answers.Length, answers.Length];
        for (var i = 0; i < answers.Length; i++)
        {
            for (var j = 0; j <= i; j++) kernel[i, j] = kernel[j, i] = (double)Agreeing(answers[i], answers[j], longest) / longest;
        }

        return kernel;
    }

    private static int Agreeing(string a, string b, int longest)
    {
        int shorter = Math.Min(longest, Math.Min(a.Length, b.Length)), longer = Math.Min(longest, Math.Max(a.Length, b.Length));
        var agreeing = longest - longer; // both padded
        for (var i = 0; i < shorter; i++) agreeing += a[i] == b[i] ? 1 : 0;
        return agreeing;
    }
}
