using Kintsugi.Healing.Review;

namespace Kintsugi.Tests.Healing.Review;

public class CheckoutPathsTests
{
    [Theory]
    [InlineData("File \"/home/ada/desk/agents/a.py\", line 3", "/home/ada/desk", "File \"agents/a.py\", line 3")]
    [InlineData("File \"/home/ada/desk/a.py\", line 3", "/home/ada/desk/", "File \"a.py\", line 3")]
    [InlineData("/home/ada/desktop/a.py", "/home/ada/desk", "/home/ada/desktop/a.py")]
    [InlineData("/usr/lib/a.py", "/", "/usr/lib/a.py")]
    public void A_file_of_the_checkout_is_named_from_its_top(string printed, string top, string shown) => Assert.Equal(shown, CheckoutPaths.Relative(printed, top));
}
