using Kintsugi.Healing.Incidents;

namespace Kintsugi.Tests.Healing.Incidents;

public class WorldRemedyTests
{
    [Theory]
    [InlineData("Scorer 'judge r.md against target': judge_abstained: its verdict changed when the two answers changed places (12)", "The judge contradicts itself on too many answers")]
    [InlineData("judge_advises: only judges that advise judge this sample (12)", "Too many samples carry a tag on which the judge may only advise")]
    [InlineData("Scorer 'judge r.md': refused_key: No model answers for judge (refused_key). (12)", "Waiting does not mend this")]
    [InlineData("Scorer 'judge r.md': overloaded: No model answers for judge (overloaded). (12)", "Run again.")]
    public void What_a_person_can_do_depends_on_what_failed(string fault, string remedy) =>
        Assert.StartsWith(remedy, WorldRemedy.Of([fault], "Run again."), StringComparison.Ordinal);
}
