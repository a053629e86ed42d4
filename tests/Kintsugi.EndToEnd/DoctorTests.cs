using Kintsugi.EndToEnd.Protocols;

namespace Kintsugi.EndToEnd;

/// <summary>What the doctor says of settings that lead to nobody.</summary>
public class DoctorTests
{
    [Fact]
    public async Task Roles_that_lead_to_no_language_model_and_candidates_that_nobody_writes_are_said()
    {
        using var agent = await MakeAsync("""
            models:
              providers: { sim: { kind: simulated } }
              roles: { agent: [sim], triage: [sim/sim-large] }
            repair: { candidates: 3 }

            """);

        var doctor = await agent.KintsugiAsync(0, "doctor");

        Assert.Contains("note  triage    models.roles.triage leads to the simulated provider", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("note  repair    repair.candidates is set, and no language model writes any", doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_is_set_nothing_is_said()
    {
        using var agent = await MakeAsync("");

        var doctor = await agent.KintsugiAsync(0, "doctor");

        Assert.DoesNotContain("triage", doctor.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("note  repair", doctor.Output, StringComparison.Ordinal);
    }

    private static async Task<AgentRepository> MakeAsync(string more)
    {
        var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings("{ name: scorer, run: python3 agent.py }") + more), ("agent.py", SmallAgents.Program), ("golden/leads.jsonl", SmallAgents.Gold(3)));
        await agent.CommitAsync("Begin");
        return agent;
    }
}
