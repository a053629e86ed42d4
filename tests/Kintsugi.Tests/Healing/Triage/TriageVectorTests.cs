using System.Text.Json;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Triage;

/// <summary>Holds both inferences to reference posteriors that lie beside the repository, in ../shared/data; where they are absent the tests say so.</summary>
public class TriageVectorTests
{
    [Fact]
    public void Component_swap_gives_the_reference_posteriors_and_queries()
    {
        foreach (var vector in Vectors("swap_vectors.json"))
        {
            var observations = Pairs(vector.GetProperty("observations")).Select(p => new SwapObservation(p.At, p.Failed)).ToList();
            var (old, @new) = (Pseudo(vector, "old_pseudo"), Pseudo(vector, "new_pseudo"));

            AssertClose(vector, ComponentSwap.Posterior(5, old, @new, observations));
            var next = ComponentSwap.Next(5, old, @new, observations);
            Assert.Equal(vector.GetProperty("information").GetDouble(), next.Information, 1e-9);
            if (vector.GetProperty("next_query").ValueKind != JsonValueKind.Null)
                Assert.Equal(vector.GetProperty("next_query").GetInt32(), next.Configuration);
        }
    }

    [Fact]
    public void Bisection_gives_the_reference_posteriors_and_queries()
    {
        foreach (var vector in Vectors("bisect_vectors.json"))
        {
            var observations = Pairs(vector.GetProperty("observations")).Select(p => new BisectObservation(p.At, p.Failed)).ToList();
            var (old, @new) = (Pseudo(vector, "old_pseudo"), Pseudo(vector, "new_pseudo"));
            var commits = vector.GetProperty("commits").GetInt32();
            var prior = vector.GetProperty("prior").EnumerateArray().Select(p => p.GetDouble()).ToList();

            AssertClose(vector, Bisection.Posterior(commits, prior, old, @new, observations));
            var next = Bisection.Next(commits, prior, old, @new, observations);
            Assert.Equal(vector.GetProperty("expected_entropy").GetDouble(), next.ExpectedEntropy, 1e-9);
            if (vector.GetProperty("next_query").ValueKind != JsonValueKind.Null)
                Assert.Equal(vector.GetProperty("next_query").GetInt32(), next.Commit);
        }
    }

    private static void AssertClose(JsonElement vector, IReadOnlyList<double> posterior)
    {
        var expected = vector.GetProperty("posterior").EnumerateArray().Select(p => p.GetDouble()).ToList();
        Assert.Equal(expected.Count, posterior.Count);
        for (var h = 0; h < expected.Count; h++) Assert.Equal(expected[h], posterior[h], 1e-10);
    }

    private static RunPrior Pseudo(JsonElement vector, string name) =>
        new(vector.GetProperty(name)[0].GetDouble(), vector.GetProperty(name)[1].GetDouble());

    private static IEnumerable<(int At, bool Failed)> Pairs(JsonElement observations) =>
        observations.EnumerateArray().Select(o => (o[0].GetInt32(), o[1].GetInt32() == 1));

    private static IReadOnlyList<JsonElement> Vectors(string file)
    {
        var path = RecordedData.Find(file);
        Assert.SkipWhen(path is null, $"{file} lies in no shared/data directory beside or above the repository.");
        return RecordedData.Elements(path!);
    }
}
