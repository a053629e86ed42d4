using Kintsugi.EndToEnd.Toolchains;
using Kintsugi.Tests.Models.Sdks;

namespace Kintsugi.EndToEnd.Sdks;

/// <summary>Client libraries of npm, answered by another vendor's service: what they hear is the same.</summary>
public class TranslatedNodeSdkTests
{
    /// <summary>By name: the library, and what the providers behind the gateway speak.</summary>
    private static readonly Dictionary<string, (SdkUser User, VendorKind Vendor)> Users = new()
    {
        ["openai chat, answered by Anthropic"] = (NodeClients.User("openai.mjs", "chat"), VendorKind.Anthropic),
        ["openai responses, answered by Anthropic"] = (NodeClients.User("openai.mjs", "responses"), VendorKind.Anthropic),
        ["@anthropic-ai/sdk, answered by chat completions"] = (NodeClients.User("anthropic.mjs"), VendorKind.ChatOnly),
        ["ai chat, answered by Anthropic"] = (NodeClients.User("ai.mjs", "chat"), VendorKind.Anthropic),
        ["ai responses, answered by chat completions"] = (NodeClients.User("ai.mjs", "responses"), VendorKind.ChatOnly),
        ["ai messages, answered by chat completions"] = (NodeClients.User("ai.mjs", "messages"), VendorKind.ChatOnly),
        ["@langchain/openai chat, answered by Anthropic"] = (NodeClients.User("langchain.mjs", "chat"), VendorKind.Anthropic),
        ["@langchain/openai responses, answered by Anthropic"] = (NodeClients.User("langchain.mjs", "responses"), VendorKind.Anthropic),
    };

    public static TheoryData<string> Libraries { get; } = [.. Users.Keys];

    [Theory, MemberData(nameof(Libraries))]
    public async Task A_library_that_another_vendor_answers_hears_the_same(string library)
    {
        BuiltAgent.SkipWithout("node", "npm");

        await SdkRun.AssertAsync(Users[library].User, Users[library].Vendor, [.. SdkCases.Plain(), .. SdkCases.Troubles(readsErrorEvents: !library.StartsWith("@langchain/openai responses", StringComparison.Ordinal)), .. SdkCases.HangUps()]);
    }
}
