using Kintsugi.EndToEnd.Toolchains;
using Kintsugi.Tests.Models.Sdks;

namespace Kintsugi.EndToEnd.Sdks;

/// <summary>Client libraries of npm as users of the gateway, over the real wire: one process each, which asks everything.</summary>
public class NodeSdkTests
{
    /// <summary>By name: the library, whether the providers behind the gateway speak Anthropic's format, and what it can ask beside conversations.</summary>
    private static readonly Dictionary<string, (SdkUser User, bool IsAnthropic, string[] Others)> Users = new()
    {
        ["openai chat"] = (NodeClients.User("openai.mjs", "chat"), false, ["models", "embed"]),
        ["openai responses"] = (NodeClients.User("openai.mjs", "responses"), false, []),
        ["@anthropic-ai/sdk"] = (NodeClients.User("anthropic.mjs"), true, ["models", "count"]),
        ["ai chat"] = (NodeClients.User("ai.mjs", "chat"), false, ["embed"]),
        ["ai responses"] = (NodeClients.User("ai.mjs", "responses"), false, ["embed"]),
        ["ai messages"] = (NodeClients.User("ai.mjs", "messages"), true, []),
        ["@langchain/openai chat"] = (NodeClients.User("langchain.mjs", "chat"), false, ["embed"]),
        ["@langchain/openai responses"] = (NodeClients.User("langchain.mjs", "responses"), false, []),
    };

    public static TheoryData<string> Libraries { get; } = [.. Users.Keys];

    [Theory, MemberData(nameof(Libraries))]
    public async Task Whatever_a_provider_does_a_library_hears_the_right_answer_or_raises_an_error_of_its_own(string library)
    {
        BuiltAgent.SkipWithout("node", "npm");
        var (user, isAnthropic, others) = Users[library];

        await SdkRun.AssertAsync(user, isAnthropic, [.. SdkCases.Plain(), .. SdkCases.Others(others), .. SdkCases.Troubles(readsErrorEvents: library != "@langchain/openai responses"), .. SdkCases.OwnRetries(givesUpSoon: false), .. SdkCases.HangUps()]);
    }

    [Theory, MemberData(nameof(Libraries))]
    public async Task A_library_cannot_tell_a_recording_from_an_answer(string library)
    {
        BuiltAgent.SkipWithout("node", "npm");

        await SdkRun.AssertRecordedAsync(Users[library].User, Users[library].IsAnthropic, SdkCases.Recorded());
    }
}
