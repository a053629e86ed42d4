using Kintsugi.Models;
using Kintsugi.Models.Routing;

namespace Kintsugi.Tests.Models;

public class RepairRoutesTests
{
    [Theory]
    [InlineData(1, "")]
    [InlineData(1, "a/x")]
    [InlineData(1, "a/x b/x")] // one model at two providers: a fallback
    [InlineData(2, "a/x b/y")]
    [InlineData(3, "a/w a/x b/y c/z")]
    public void Unasked_each_model_of_the_route_writes_one_candidate_and_three_at_most(int expected, string route) => Assert.Equal(expected, RepairRoutes.Unasked(Models(route)));

    [Fact]
    public void Each_candidate_begins_at_another_model_and_falls_back_to_the_others()
    {
        var models = RepairRoutes.With(Models("a/x b/x c/y"), 3);

        Assert.Equal(["a/x", "b/x", "c/y"], models.Roles["repair"]);
        Assert.Equal(["c/y", "a/x", "b/x"], models.Roles["repair/2"]);
        Assert.Equal(["a/x", "b/x", "c/y"], models.Roles["repair/3"]);
    }

    [Fact]
    public void One_candidate_changes_no_route() => Assert.Equal(["agent", "repair"], RepairRoutes.With(Models("a/x b/y"), 1).Roles.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Without_a_route_there_is_none_to_turn() => Assert.Equal(["agent"], RepairRoutes.With(Models(""), 4).Roles.Keys);

    private static ModelsConfig Models(string route)
    {
        Dictionary<string, IReadOnlyList<string>> roles = new() { ["agent"] = ["a"] };
        if (route.Length > 0) roles["repair"] = route.Split(' ');
        return ModelsConfig.Embedded with { Roles = roles };
    }
}
