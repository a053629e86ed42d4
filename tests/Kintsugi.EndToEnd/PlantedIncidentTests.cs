using System.Collections.Immutable;
using Kintsugi.Bench;
using Kintsugi.Bench.Incidents;

namespace Kintsugi.EndToEnd;

/// <summary>A seeded slice of `bench incidents`, and what all of it rests on.</summary>
[Collection(Drills.Name)]
public sealed class PlantedIncidentTests(ITestOutputHelper output)
{
    private static readonly ImmutableArray<string> Cheap = ["refund-desk"];

    [Fact]
    public async Task A_planted_fault_is_found_and_mended_and_where_there_is_none_nothing_is_said()
    {
        using var ground = new DrillGround();

        var (healed, broken) = await IncidentBench.HealAsync(
            ground, "agents", seed: 3, [1, 2], [.. PlantedAgents.All.Where(a => Cheap.Contains(a.Name))], _ => { }, output.WriteLine, TestContext.Current.CancellationToken);

        Assert.Empty(broken);
        Assert.All(healed, h => Assert.True(h.IsRight, h.Told));
    }

    [Fact]
    public async Task Harmless_edits_change_no_answer()
    {
        using var ground = new DrillGround();
        foreach (var agent in PlantedAgents.All.Where(a => Cheap.Contains(a.Name)))
        {
            var at = new AgentGround(agent, ground.Place("agents"));
            var exam = await new IncidentPlanner(1, [at]).ExamAsync(at, 0, TestContext.Current.CancellationToken);
            foreach (var edits in Apart(HarmlessEdits.Of(agent, new Random(1))))
            {
                var behaviour = await at.BehaviourAsync(agent.Good.With(edits), exam.All, null, TestContext.Current.CancellationToken);

                Assert.True(behaviour.StartFailure is null, behaviour.StartFailure);
                Assert.Empty(behaviour.Differs(exam.Answers, exam.All.Select(q => q.Id)));
            }
        }
    }

    /// <summary>As few groups as it takes so that no two edits of one are near each other.</summary>
    private static List<List<Edit>> Apart(IEnumerable<Edit> edits)
    {
        List<List<Edit>> groups = [];
        foreach (var edit in edits)
        {
            if (groups.Find(g => !g.Any(edit.IsNear)) is { } group) group.Add(edit);
            else groups.Add([edit]);
        }
        return groups;
    }
}
