namespace Kintsugi.Tests.Models.Sdks;

/// <summary>The vendors' own libraries for .NET as users of the gateway, over the real wire.</summary>
public class SdkTests
{
    /// <summary>By name: the library, and what the providers behind the gateway speak.</summary>
    private static readonly Dictionary<string, (SdkUser User, VendorKind Vendor)> Users = new()
    {
        ["OpenAI chat"] = (OpenAiChatUser.Instance, VendorKind.OpenAi),
        ["OpenAI responses"] = (OpenAiResponsesUser.Instance, VendorKind.OpenAi),
        ["Anthropic"] = (AnthropicUser.Instance, VendorKind.Anthropic),
    };

    public static TheoryData<string> Libraries { get; } = [.. Users.Keys];

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_hears_what_the_provider_said(string library) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].Vendor, SdkCases.Plain());

    [Theory]
    [InlineData("OpenAI chat", "models", "embed")]
    [InlineData("Anthropic", "models", "count")]
    public Task A_library_can_ask_for_models_embeddings_and_counts(string library, params string[] kinds) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].Vendor, SdkCases.Others(kinds));

    [Theory, MemberData(nameof(Libraries))]
    public Task Whatever_a_provider_does_a_library_hears_the_right_answer_or_raises_an_error_of_its_own(string library) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].Vendor, SdkCases.Troubles(readsErrorEvents: library != "OpenAI chat"));

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_that_asks_again_by_itself_does_so_only_where_it_helps(string library) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].Vendor, SdkCases.OwnRetries(givesUpSoon: true));

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_that_hangs_up_ends_the_call_at_the_provider(string library) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].Vendor, SdkCases.HangUps());

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_cannot_tell_a_recording_from_an_answer(string library) =>
        SdkRun.AssertRecordedAsync(Users[library].User, Users[library].Vendor, SdkCases.Recorded());
}
