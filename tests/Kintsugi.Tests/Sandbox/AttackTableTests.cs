namespace Kintsugi.Tests.Sandbox;

public class AttackTableTests
{
    private const string Begin = "<!-- attacks: made by AttackTable -->\n", End = "<!-- attacks end -->\n";

    [Fact]
    public void Every_attack_is_a_script_or_a_test_named_after_its_number()
    {
        Assert.All(AttackTable.All, attack => Assert.True(attack.FromInside || AttackTable.Driven.Contains(attack.Number), $"Nothing tests attack {attack.Number}."));
        Assert.All(AttackTable.Driven, number => AttackTable.Of(number));
        Assert.Equal(AttackTable.All.Select(attack => attack.Number).Distinct(), AttackTable.All.Select(attack => attack.Number));
        Assert.All(AttackTable.NotHeld.Keys, key => Assert.Contains(key.Tier, AttackTable.Tiers));
        Assert.All(AttackTable.NotHeld.Keys, key => AttackTable.Of(key.Number));
    }

    [Fact]
    public void The_security_page_shows_the_table_that_is_tested()
    {
        var path = Repository.PathOf("docs/security.md");
        var page = File.ReadAllText(path);
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);
        var expected = page[..begin] + AttackTable.Markdown() + page[end..];

        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, expected);
        else
            Assert.True(page == expected, $"{path} is out of date. Run this test with UPDATE_GOLDEN=1 and read what it writes.");
    }
}
