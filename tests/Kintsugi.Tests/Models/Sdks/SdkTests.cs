namespace Kintsugi.Tests.Models.Sdks;

/// <summary>The vendors' own libraries for .NET as users of the gateway, over the real wire.</summary>
public class SdkTests
{
    /// <summary>By name: the library, and whether the providers behind the gateway speak Anthropic's format.</summary>
    private static readonly Dictionary<string, (SdkUser User, bool IsAnthropic)> Users = new()
    {
        ["OpenAI chat"] = (OpenAiChatUser.Instance, false),
        ["OpenAI responses"] = (OpenAiResponsesUser.Instance, false),
        ["Anthropic"] = (AnthropicUser.Instance, true),
    };

    public static TheoryData<string> Libraries { get; } = [.. Users.Keys];

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_hears_what_the_provider_said(string library) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].IsAnthropic, SdkCases.Plain());

    [Theory]
    [InlineData("OpenAI chat", "models", "embed")]
    [InlineData("Anthropic", "models", "count")]
    public Task A_library_can_ask_for_models_embeddings_and_counts(string library, params string[] kinds) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].IsAnthropic, SdkCases.Others(kinds));

    [Theory, MemberData(nameof(Libraries))]
    public Task Whatever_a_provider_does_a_library_hears_the_right_answer_or_raises_an_error_of_its_own(string library) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].IsAnthropic, SdkCases.Troubles(readsErrorEvents: library != "OpenAI chat"));

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_that_asks_again_by_itself_does_so_only_where_it_helps(string library) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].IsAnthropic, SdkCases.OwnRetries(givesUpSoon: true));

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_that_hangs_up_ends_the_call_at_the_provider(string library) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].IsAnthropic, SdkCases.HangUps());

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_cannot_tell_a_recording_from_an_answer(string library) =>
        SdkRun.AssertRecordedAsync(Users[library].User, Users[library].IsAnthropic, SdkCases.Recorded());
}
