using CsCheck;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Tracing;

public class CanonicalErrorTests
{
    [Theory]
    [InlineData("Lead 4711 not found", "Lead <n> not found")]
    [InlineData("took 1,234.5 s at 2026-03-01T12:00:07.123Z", "took <n> s at <n>Z")]
    [InlineData("user 'Ada Lovelace' can't be found", "user <s> can't be found")]
    [InlineData("KeyError: \"tier\"", "KeyError: <s>")]
    [InlineData("missing keys: 'a', 'b', 'c'", "missing keys: <s>")]
    [InlineData("values [1, 2, 3] rejected", "values [<n>] rejected")]
    [InlineData("No such file: /srv/app/data/x.json.", "No such file: <path>.")]
    [InlineData(@"cannot open C:\Users\ada\leads.csv", "cannot open <path>")]
    [InlineData("GET https://api.example.com/v1/leads?id=7 failed", "GET <url> failed")]
    [InlineData("request req_8f3a9c21 failed", "request req_<id> failed")]
    [InlineData("job 123e4567-e89b-12d3-a456-426614174000 died", "job <id> died")]
    [InlineData("object at 0x7f3c", "object at <id>")]
    [InlineData("mail to ada@example.com bounced", "mail to <id> bounced")]
    [InlineData("timeout after 50ms (-5 left)", "timeout after <n>ms (<n> left)")]
    [InlineData("  spaces\tand\u200B\u0007 controls  \nsecond line 7", "spaces and controls")]
    [InlineData("Traceback (most recent call last):\n  File \"/a/b.py\", line 3, in f\nValueError: no tier 9\n", "ValueError: no tier <n>")]
    [InlineData("", "")]
    public void What_differs_between_occurrences_is_masked(string message, string canonical) => Assert.Equal(canonical, CanonicalError.Of(message));

    [Theory]
    [InlineData("Error code: 429 - slow down", "Error code: 429 - slow down")]
    [InlineData("HTTP 503 from upstream", "HTTP 503 from upstream")]
    [InlineData("status=500 after 3 tries", "status=500 after <n> tries")]
    [InlineData("code 4711", "code <n>")]
    public void A_status_code_stays(string message, string canonical) => Assert.Equal(canonical, CanonicalError.Of(message));

    [Fact]
    public void Any_text_has_a_bounded_form_of_one_line_without_control_characters() =>
        Gen.String[Gen.Char, 0, 3000].Sample(
            message => CanonicalError.Of(message) is { Length: <= 200 } form && !form.Any(c => char.IsControl(c) || char.IsSurrogate(c)),
            seed: "0000000000001", iter: 2000);

    [Fact]
    public void Numbers_ids_and_quoted_text_never_matter() =>
        Gen.Select(Gen.Int, Gen.Guid, Gen.String[Gen.Char.AlphaNumeric, 0, 30], Gen.Double[0, 1e6]).Sample(
            (n, id, text, x) => CanonicalError.Of($"Lead {n} ({id}): field '{text}' is {FormattableString.Invariant($"{x:0.00}")}") == "Lead <n> (<id>): field <s> is <n>",
            seed: "0000000000001", iter: 2000);

    [Theory]
    [InlineData('\'')]
    [InlineData('/')]
    [InlineData('9')]
    [InlineData('“')]
    public void A_flood_of_one_character_is_read_to_its_bound_only(char c) =>
        Assert.InRange(CanonicalError.Of(new string(c, 10_000_000)).Length, 1, 200);

    [Fact]
    public void The_hash_is_the_same_everywhere_and_tells_components_apart()
    {
        var one = ErrorSignature.Of("crm", "Lead 1 not found");

        Assert.Equal(one, ErrorSignature.Of("crm", "Lead 2 not found"));
        Assert.NotEqual(one.Hash, ErrorSignature.Of("mail", "Lead 1 not found").Hash);
        Assert.NotEqual(ErrorSignature.Of("a", "b c").Hash, ErrorSignature.Of("a b", "c").Hash);
        Assert.Equal("2d23757aee238c61", one.Hash); // SHA-256 of "crm\nLead <n> not found"
    }
}
