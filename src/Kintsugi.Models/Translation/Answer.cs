namespace Kintsugi.Models.Translation;

/// <summary>What a model answered, in no dialect.</summary>
/// <param name="Usage">Null when the provider did not say.</param>
internal sealed record Answer(AnswerHead Head, IReadOnlyList<AnswerPart> Parts, StopReason Stop, Usage? Usage);

/// <param name="Id">The provider's; empty when it gave none.</param>
/// <param name="Model">What serves, by the provider's word.</param>
/// <param name="Created">Unix seconds; 0 where the provider does not say, for there is no clock here.</param>
internal sealed record AnswerHead(string Id, string Model, long Created);

/// <param name="Text">What was said, or the arguments of a call.</param>
internal abstract record AnswerPart(string Text);

internal sealed record Said(string Text) : AnswerPart(Text);

/// <summary>The words with which a model declined, where its dialect tells them from an answer.</summary>
internal sealed record Declined(string Text) : AnswerPart(Text);

/// <param name="Text">JSON as the model wrote it.</param>
internal sealed record Called(string Id, string Name, string Text) : AnswerPart(Text);

internal enum StopReason
{
    End = 0,
    Length = 1,
    ToolCalls = 2,
    ContentFilter = 3,
}

/// <summary>Tokens that were counted.</summary>
/// <param name="Input">All, those from and into a cache included.</param>
/// <param name="Output">All, reasoning included.</param>
internal sealed record Usage(long Input, long CacheRead, long CacheWrite, long Output, long Reasoning);

/// <summary>A step of a streamed answer. Parts follow one another: a step of text belongs to the part that was begun last.</summary>
internal abstract record Delta;

/// <param name="Usage">What is known of it before the answer.</param>
internal sealed record Begun(AnswerHead Head, Usage? Usage) : Delta;

/// <param name="Part">Without its text.</param>
internal sealed record PartBegun(AnswerPart Part) : Delta;

internal sealed record TextAdded(string Text) : Delta;

internal sealed record PartEnded : Delta;

/// <summary>The provider said that its answer is whole. Nothing follows.</summary>
internal sealed record Ended(StopReason Stop, Usage? Usage) : Delta;

/// <summary>The provider gave up within its answer. Nothing follows.</summary>
internal sealed record Failed(ProviderError Error) : Delta;
