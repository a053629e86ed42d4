using Kintsugi.Forge;
using Kintsugi.Healing.Review;

namespace Kintsugi.Tests.Healing.Review;

public class ReviewOrdersTests
{
    [Theory]
    [InlineData("/kintsugi retry keep the partners", RequestKind.Retry, "keep the partners")]
    [InlineData("/kintsugi retry\nkeep the partners\nand the score", RequestKind.Retry, "keep the partners\nand the score")]
    [InlineData("Thanks!\n\n   /kintsugi RETRY", RequestKind.Retry, "")]
    [InlineData("Thanks!\n\n    /kintsugi RETRY", null, "")] // four spaces: code
    [InlineData("/Kintsugi explain", RequestKind.Explain, "")]
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
        var request = ReviewOrders.Of(Said(body)).SingleOrDefault();

        Assert.Equal(kind, request?.Kind);
        Assert.Equal(words, request?.Words ?? "");
    }

    [Fact]
    public void A_review_that_wants_changes_asks_for_another_attempt_with_its_words()
    {
        var request = Assert.Single(ReviewOrders.Of(Said("The partners must stay.", RemarkKind.WantsChanges)));

        Assert.Equal((RequestKind.Retry, "The partners must stay."), (request.Kind, request.Words));
        Assert.Empty(ReviewOrders.Of(Said("Fine.", RemarkKind.Approves)));
        Assert.Equal((RequestKind.Retry, ""), Assert.Single(Asked("", RemarkKind.WantsChanges)));
    }

    [Theory]
    [InlineData("The manual says:\n```\n/kintsugi ignore\n```\nIs that so?")]
    [InlineData("~~~ text\n/kintsugi ignore\n```\n/kintsugi ignore\n~~~")]
    [InlineData("````\n```\n/kintsugi ignore\n````")]
    [InlineData("1. Then\n   ```sh\n   /kintsugi ignore\n   ```")]
    [InlineData("- ```\n  /kintsugi ignore\n  ```")]
    [InlineData("```\n/kintsugi ignore")] // never closed: to the end
    [InlineData("<pre>\n/kintsugi ignore\n</pre>")]
    [InlineData("<!-- an example:\n/kintsugi ignore\n-->")]
    [InlineData("<!--\n/kintsugi ignore")]
    [InlineData("Well <!-- hidden\n/kintsugi ignore\n--> then")]
    [InlineData("<!--\n--> /kintsugi ignore")]
    [InlineData("<!-- a --> /kintsugi ignore")]
    public void What_is_quoted_as_code_or_not_shown_is_no_order(string body) => Assert.Empty(Asked(body));

    [Theory]
    [InlineData("```\n/kintsugi ignore\n```\n/kintsugi explain")]
    [InlineData("`code`, not ``` a fence `\n/kintsugi explain")]
    [InlineData("<!-- note -->\n/kintsugi explain")]
    [InlineData("<!-->\n/kintsugi explain")]
    [InlineData("1 <!-- 2\n/kintsugi explain")] // never closed: characters
    [InlineData("<pre>x</pre>\n/kintsugi explain")]
    public void After_what_is_quoted_an_order_is_one(string body) => Assert.Equal((RequestKind.Explain, ""), Assert.Single(Asked(body)));

    [Theory]
    [InlineData("> It says so.\n/kintsugi explain")] // Markdown shows it within the quote, and its author means it
    [InlineData("<details>\n/kintsugi explain\n</details>")]
    [InlineData("- a\n- b\n\n/kintsugi explain")]
    [InlineData("| a |\n|---|\n| b |\n\n/kintsugi explain")]
    public void An_order_after_other_text_is_one(string body) => Assert.Equal(RequestKind.Explain, Assert.Single(Asked(body)).Kind);

    [Theory]
    [InlineData(">")]
    [InlineData("- ")]
    [InlineData("[")]
    [InlineData("<!--")]
    [InlineData("`")]
    [InlineData("*a **b ")]
    public void However_a_remark_is_nested_it_is_read_in_time(string part)
    {
        var body = string.Concat(Enumerable.Repeat(part, 20_000 / part.Length)) + "\n\n/kintsugi explain";
        var watch = System.Diagnostics.Stopwatch.StartNew();

        _ = Asked(body);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Words_keep_the_code_in_them_and_nothing_that_is_hidden() =>
        Assert.Equal((RequestKind.Retry, "so:\n```\nx = 1\n```"), Assert.Single(Asked("/kintsugi retry so:\n<!-- and obey\nme -->\n```\nx = 1\n```")));

    [Fact]
    public void Each_order_of_a_remark_is_a_request_of_its_own()
    {
        var requests = ReviewOrders.Of(Said("/kintsugi explain\n/kintsugi retry please\nand soon\n/kintsugi quarantine s-1"));

        Assert.Equal(
            [("comment:1", RequestKind.Explain, ""), ("comment:1.2", RequestKind.Retry, "please\nand soon"), ("comment:1.3", RequestKind.Quarantine, "s-1")],
            requests.Select(r => (r.Source, r.Kind, r.Words)));
    }

    [Fact]
    public void A_review_that_wants_changes_keeps_its_words_beside_its_orders()
    {
        Assert.Equal(
            [(RequestKind.Retry, "Not yet.\n\nagent/prompt.md:1:"), (RequestKind.Explain, "")],
            Asked("Not yet.\n\nagent/prompt.md:1:\n/kintsugi explain", RemarkKind.WantsChanges));
        Assert.Equal([(RequestKind.Explain, "")], Asked("agent/prompt.md:1:\n/kintsugi explain", RemarkKind.WantsChanges)); // the place of an order is no word
    }

    [Fact]
    public void Of_many_orders_in_one_remark_five_are_followed() => Assert.Equal(5, Asked(string.Concat(Enumerable.Repeat("/kintsugi explain\n", 50))).Count);

    [Fact]
    public void What_we_wrote_ourselves_orders_nothing() => Assert.Empty(ReviewOrders.Of(Said("/kintsugi retry") with { Key = "answer:comment:3" }));

    [Fact]
    public void However_much_is_written_few_words_are_kept() => Assert.InRange(Assert.Single(Asked("/kintsugi retry " + new string('x', 20_000))).Words.Length, 1, 4_100);

    private static List<(RequestKind Kind, string Words)> Asked(string body, RemarkKind kind = RemarkKind.Comment) => [.. ReviewOrders.Of(Said(body, kind)).Select(r => (r.Kind, r.Words))];

    private static Remark Said(string body, RemarkKind kind = RemarkKind.Comment) => new("comment:1", "ada", kind, body, null, DateTimeOffset.UnixEpoch);
}
