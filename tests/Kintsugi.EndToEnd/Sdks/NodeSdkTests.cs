using Kintsugi.EndToEnd.Toolchains;
using Kintsugi.Tests.Models.Sdks;

namespace Kintsugi.EndToEnd.Sdks;

/// <summary>Client libraries of npm as users of the gateway, over the real wire: one process each, which asks everything.</summary>
public class NodeSdkTests
{
    /// <summary>By name: the library, what the providers behind the gateway speak, and what it can ask beside conversations.</summary>
    private static readonly Dictionary<string, (SdkUser User, VendorKind Vendor, string[] Others)> Users = new()
    {
        ["openai chat"] = (NodeClients.User("openai.mjs", "chat"), VendorKind.OpenAi, ["models", "embed"]),
        ["openai responses"] = (NodeClients.User("openai.mjs", "responses"), VendorKind.OpenAi, []),
        ["@anthropic-ai/sdk"] = (NodeClients.User("anthropic.mjs"), VendorKind.Anthropic, ["models", "count"]),
        ["ai chat"] = (NodeClients.User("ai.mjs", "chat"), VendorKind.OpenAi, ["embed"]),
        ["ai responses"] = (NodeClients.User("ai.mjs", "responses"), VendorKind.OpenAi, ["embed"]),
        ["ai messages"] = (NodeClients.User("ai.mjs", "messages"), VendorKind.Anthropic, []),
        ["@langchain/openai chat"] = (NodeClients.User("langchain.mjs", "chat"), VendorKind.OpenAi, ["embed"]),
        ["@langchain/openai responses"] = (NodeClients.User("langchain.mjs", "responses"), VendorKind.OpenAi, []),
    };

    public static TheoryData<string> Libraries { get; } = [.. Users.Keys];

    [Theory, MemberData(nameof(Libraries))]
    public async Task Whatever_a_provider_does_a_library_hears_the_right_answer_or_raises_an_error_of_its_own(string library)
    {
        BuiltAgent.SkipWithout("node", "npm");
        var (user, vendor, others) = Users[library];

        await SdkRun.AssertAsync(user, vendor, [.. SdkCases.Plain(), .. SdkCases.Others(others), .. SdkCases.Troubles(readsErrorEvents: library != "@langchain/openai responses"), .. SdkCases.OwnRetries(givesUpSoon: false), .. SdkCases.HangUps()]);
    }

    [Theory, MemberData(nameof(Libraries))]
    public async Task A_library_cannot_tell_a_recording_from_an_answer(string library)
    {
        BuiltAgent.SkipWithout("node", "npm");

        await SdkRun.AssertRecordedAsync(Users[library].User, Users[library].Vendor, SdkCases.Recorded());
    }
}
