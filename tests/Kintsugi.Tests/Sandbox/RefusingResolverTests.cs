using System.Text;
using CsCheck;
using Kintsugi.Sandbox.Inside;

namespace Kintsugi.Tests.Sandbox;

public class RefusingResolverTests
{
    [Theory]
    [InlineData("CRM.example.com", "crm.example.com")]
    [InlineData("redis", "redis")]
    [InlineData("_dmarc.example.com", "_dmarc.example.com")]
    public void A_question_is_read_as_the_name_it_asks_for(string asked, string name) =>
        Assert.Equal(name, RefusingResolver.NameIn(Question(asked), out _));

    [Theory]
    [InlineData("a b.example.com")]
    [InlineData("<b>.example.com")]
    [InlineData("a\n.example.com")]
    public void A_name_that_could_be_more_than_a_name_is_none(string asked) => Assert.Null(RefusingResolver.NameIn(Question(asked), out _));

    [Fact]
    public void Whatever_comes_is_a_plain_name_or_nothing() =>
        Gen.Byte.Array[0, 600].Sample(
            message =>
            {
                var name = RefusingResolver.NameIn(message, out var end);
                return name is null || (name.Length is > 0 and <= 253 && end <= message.Length && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_'));
            },
            iter: 20_000, seed: "0000KOIgNas3");

    [Fact]
    public void A_question_cut_anywhere_is_none()
    {
        var whole = Question("crm.example.com");

        Assert.All(Enumerable.Range(0, whole.Length), length => Assert.Null(RefusingResolver.NameIn(whole.AsSpan(0, length), out _)));
    }

    private static byte[] Question(string name) =>
    [
        0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
        .. name.Split('.').SelectMany(label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length)),
        0, 0, 1, 0, 1,
    ];
}
