using NJsonSchema;

namespace Kintsugi.EndToEnd;

/// <summary>The published schemas of what `--json` prints.</summary>
internal static class OutputSchemas
{
    public static async Task AssertFitsAsync(string file, string document)
    {
        var schema = await JsonSchema.FromFileAsync(Path.Combine(Checkout.Root, "docs", file), TestContext.Current.CancellationToken);

        Assert.Equal("", string.Join("\n", schema.Validate(document).Select(e => e.ToString())));
    }
}
