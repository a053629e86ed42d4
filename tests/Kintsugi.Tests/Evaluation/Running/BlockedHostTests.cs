using Kintsugi.Evaluation.Running;

namespace Kintsugi.Tests.Evaluation.Running;

public class BlockedHostTests
{
    private const string Agent = """
        import socket
        for q in questions():
            try: socket.getaddrinfo("crm.example.com", 443)
            except OSError: say(q, "wrong")
        """;

    [Theory]
    [InlineData(false, Outcome.World)]
    [InlineData(true, Outcome.Failed)]
    public async Task A_failure_beside_a_blocked_host_is_the_worlds_unless_a_stranger_could_have_asked_for_it_to_be_excused(bool foreign, Outcome outcome)
    {
        await using var rig = RunningRig.Of(Agent);
        rig.Foreign = foreign;

        var run = await rig.RunAsync(2);

        Assert.All(run.Results, r => Assert.Equal(outcome, r.Outcome));
        Assert.All(run.Results, r => Assert.Contains(r.Trajectory.Notes, n => n.Contains("crm.example.com", StringComparison.Ordinal)));
    }
}
