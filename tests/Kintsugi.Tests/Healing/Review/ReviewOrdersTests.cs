using Kintsugi.Forge;
using Kintsugi.Healing.Review;

namespace Kintsugi.Tests.Healing.Review;

public class ReviewOrdersTests
{
    [Theory]
    [InlineData("/kintsugi retry keep the partners", RequestKind.Retry, "keep the partners")]
    [InlineData("/kintsugi retry\nkeep the partners\nand the score", RequestKind.Retry, "keep the partners\nand the score")]
    [InlineData("Thanks!\n\n  /kintsugi RETRY", null, "")] // indented: quoted code, not an order
    [InlineData("Thanks!\r\n\r\n/kintsugi RETRY\r\n", RequestKind.Retry, "")]
    [InlineData("/kintsugi explain", RequestKind.Explain, "")]
    [InlineData("/kintsugi rollback please", RequestKind.RollBack, "")]
    [InlineData("/kintsugi ignore", RequestKind.Ignore, "")]
    [InlineData("/kintsugi quarantine  lead-007 ", RequestKind.Quarantine, "lead-007")]
    [InlineData("/kintsugi quarantine", RequestKind.Unknown, "/kintsugi quarantine")]
    [InlineData("/kintsugi merge it", RequestKind.Unknown, "/kintsugi merge it")]
    [InlineData("/kintsugi", RequestKind.Unknown, "/kintsugi")]
    [InlineData("> /kintsugi retry", null, "")]
    [InlineData("/kintsugis retry", null, "")]
    [InlineData("see `/kintsugi retry`", null, "")]
    [InlineData("", null, "")]
    public void An_order_begins_a_line_with_our_name(string body, RequestKind? kind, string words)
    {
        var request = ReviewOrders.Of(Said(body));

        Assert.Equal(kind, request?.Kind);
        Assert.Equal(words, request?.Words ?? "");
    }

    [Fact]
    public void A_review_that_wants_changes_asks_for_another_attempt_with_its_words()
    {
        var request = ReviewOrders.Of(Said("The partners must stay.", RemarkKind.WantsChanges));

        Assert.Equal((RequestKind.Retry, "The partners must stay."), (request!.Kind, request.Words));
        Assert.Null(ReviewOrders.Of(Said("Fine.", RemarkKind.Approves)));
    }

    [Fact]
    public void What_we_wrote_ourselves_orders_nothing() => Assert.Null(ReviewOrders.Of(Said("/kintsugi retry") with { Key = "answer:comment:3" }));

    [Fact]
    public void However_much_is_written_few_words_are_kept() => Assert.InRange(ReviewOrders.Of(Said("/kintsugi retry " + new string('x', 20_000)))!.Words.Length, 1, 4_100);

    private static Remark Said(string body, RemarkKind kind = RemarkKind.Comment) => new("comment:1", "ada", kind, body, null, DateTimeOffset.UnixEpoch);
}
