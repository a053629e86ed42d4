namespace Kintsugi.Healing.Review;

/// <summary>Where a fix waits for a person.</summary>
/// <param name="Kind">`branch` for a local review.</param>
/// <param name="Url">Path of the report for a local review.</param>
public sealed record Proposal(string Kind, string Branch, string Commit, string Url, string Verification);
