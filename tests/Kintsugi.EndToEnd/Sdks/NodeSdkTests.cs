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

    /// <summary>The same libraries, answered by another vendor's service.</summary>
    private static readonly Dictionary<string, (SdkUser User, VendorKind Vendor)> Translated = new()
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

    public static TheoryData<string> TranslatedLibraries { get; } = [.. Translated.Keys];

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

    [Theory, MemberData(nameof(TranslatedLibraries))]
    public async Task A_library_that_another_vendor_answers_hears_the_same(string library)
    {
        BuiltAgent.SkipWithout("node", "npm");

        await SdkRun.AssertAsync(Translated[library].User, Translated[library].Vendor, [.. SdkCases.Plain(), .. SdkCases.Troubles(readsErrorEvents: !library.StartsWith("@langchain/openai responses", StringComparison.Ordinal)), .. SdkCases.HangUps()]);
    }
}
