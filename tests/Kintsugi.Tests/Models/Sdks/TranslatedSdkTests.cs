namespace Kintsugi.Tests.Models.Sdks;

/// <summary>The vendors' own libraries for .NET, answered by the other vendor's service: what they hear is the same.</summary>
public class TranslatedSdkTests
{
    /// <summary>By name: the library, and what the providers behind the gateway speak.</summary>
    private static readonly Dictionary<string, (SdkUser User, VendorKind Vendor)> Users = new()
    {
        ["OpenAI chat, answered by Anthropic"] = (OpenAiChatUser.Instance, VendorKind.Anthropic),
        ["OpenAI responses, answered by Anthropic"] = (OpenAiResponsesUser.Instance, VendorKind.Anthropic),
        ["OpenAI responses, answered by chat completions"] = (OpenAiResponsesUser.Instance, VendorKind.ChatOnly),
        ["Anthropic, answered by chat completions"] = (AnthropicUser.Instance, VendorKind.ChatOnly),
    };

    public static TheoryData<string> Libraries { get; } = [.. Users.Keys];

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_hears_what_the_provider_said(string library) => AssertAsync(library, SdkCases.Plain());

    [Theory, MemberData(nameof(Libraries))]
    public Task Whatever_a_provider_does_a_library_hears_the_right_answer_or_raises_an_error_of_its_own(string library) =>
        AssertAsync(library, SdkCases.Troubles(readsErrorEvents: !library.StartsWith("OpenAI chat", StringComparison.Ordinal)));

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_that_hangs_up_ends_the_call_at_the_provider(string library) => AssertAsync(library, SdkCases.HangUps());

    [Theory, MemberData(nameof(Libraries))]
    public Task A_library_cannot_tell_a_recording_from_an_answer(string library) =>
        SdkRun.AssertRecordedAsync(Users[library].User, Users[library].Vendor, SdkCases.Recorded());

    private static Task AssertAsync(string library, IEnumerable<SdkCase> cases) =>
        SdkRun.AssertAsync(Users[library].User, Users[library].Vendor, cases);
}
