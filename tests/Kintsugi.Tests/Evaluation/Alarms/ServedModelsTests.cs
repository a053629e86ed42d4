using Kintsugi.Evaluation.Alarms;

namespace Kintsugi.Tests.Evaluation.Alarms;

public class ServedModelsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Another_model_behind_the_name_is_evidence_from_its_first_call_on()
    {
        var change = Assert.Single(ServedModels.Changes([Call(0, "gpt-4-0314", "fp_1")], [Call(1, "gpt-4-0314", "fp_1"), Call(3, "gpt-4-0613", "fp_1"), Call(2, "gpt-4-0613", null)]));

        Assert.Equal(("gpt-4", ServedFact.Model, "gpt-4-0613", Noon.AddHours(2), 2, 3), (change.Asked, change.Fact, change.Now, change.FirstSeen, change.Calls, change.Of));
        Assert.Equal(["gpt-4-0314"], change.Was);
    }

    [Fact]
    public void A_fingerprint_that_was_among_several_before_is_none() =>
        Assert.Empty(ServedModels.Changes([Call(0, "m", "fp_1"), Call(1, "m", "fp_2")], [Call(2, "m", "fp_2")]));

    [Fact]
    public void A_provider_that_begins_to_give_fingerprints_has_changed_nothing() =>
        Assert.Empty(ServedModels.Changes([Call(0, "m", null)], [Call(1, "m", "fp_1")]));

    [Fact]
    public void A_name_that_was_not_asked_before_shows_nothing() =>
        Assert.Empty(ServedModels.Changes([Call(0, "m", null)], [Call(1, "n", null) with { Asked = "other" }]));

    [Fact]
    public void What_a_provider_says_is_cut_and_made_one_line() =>
        Assert.Equal(new string('x', 119) + "\uFFFD…", Assert.Single(ServedModels.Changes([Call(0, "m", null)], [Call(1, new string('x', 119) + "\n" + new string('y', 500), null)])).Now);

    private static ServedCall Call(int hour, string? served, string? fingerprint) => new(Noon.AddHours(hour), "gpt-4", served, fingerprint);
}
