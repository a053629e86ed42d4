using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>What the world around the simulated model is like. Calm unless told otherwise; see docs/simulated-provider.md.</summary>
public sealed record SimulatedWeather
{
    public static readonly SimulatedWeather Calm = new();

    /// <summary>Answers are a function of this, the request and the draw.</summary>
    public int Seed { get; init; }

    /// <summary>Probability in [0, 1] that one answer misjudges its case; null for the model's own.</summary>
    public double? Noise { get; init; }

    /// <summary>The model behind the name is another one; null when it is not.</summary>
    public SimulatedDrift? Drift { get; init; }

    public SimulatedRateLimit RateLimit { get; init; } = new();

    public SimulatedFailures Failures { get; init; } = new();

    /// <summary>Time that passes before each answer, in milliseconds.</summary>
    public int LatencyMs { get; init; }

    /// <summary>Reads weather from a JSON file with the names of this record in snake_case.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read, has an unknown key or a value out of its range.</exception>
    public static SimulatedWeather FromFile(string path)
    {
        try
        {
            var weather = JsonSerializer.Deserialize<SimulatedWeather>(File.ReadAllBytes(path), Format)
                ?? throw new InvalidDataException($"{path}: the weather is `null`. Write an object, {{}} for calm weather.");
            return weather.Complaint() is { } complaint ? throw new InvalidDataException($"{path}: {complaint}") : weather;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{path}({(e.LineNumber ?? 0) + 1}): the weather at {e.Path ?? "$"} cannot be read: {e.Message} See docs/simulated-provider.md for its keys.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: the weather cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The weather as <see cref="FromFile"/> reads it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Format);

    private string? Complaint()
    {
        if (Noise is { } noise && !(noise is >= 0 and <= 1)) return $"`noise` is {noise}. Give a probability from 0 to 1.";
        if (RateLimit is null || Failures is null) return "`rate_limit` and `failures` are objects. Leave them out for none.";
        if (LatencyMs < 0) return "`latency_ms` is negative.";
        if (RateLimit.FirstCalls < 0 || RateLimit.RetryAfterMs < 0 || Failures.FirstCalls < 0 || Failures.TimeoutCalls < 0 || Drift?.AfterCalls < 0)
            return "a count or a delay is negative.";
        if (RateLimit.PerMille is < 0 or > 1000) return $"`rate_limit.per_mille` is {RateLimit.PerMille}. Give 0 to 1000.";
        return Failures.Status is < 500 or > 599 ? $"`failures.status` is {Failures.Status}. Give 500 to 599." : null;
    }

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}

/// <summary>How the model behind an unchanged name differs.</summary>
/// <param name="AfterCalls">Calls of this provider that the old model still answers.</param>
/// <param name="AtLeastIsMoreThan">Whether it reads "at least" as "more than" and "at most" as "less than".</param>
/// <param name="Ignores">Lines that it no longer follows.</param>
public sealed record SimulatedDrift(int AfterCalls = 0, bool AtLeastIsMoreThan = true, IgnoredLines Ignores = IgnoredLines.None);

/// <summary>A class of prompt lines. Written in weather files by these names in snake_case.</summary>
public enum IgnoredLines
{
    None = 0,
    Additions = 1,
    Deductions = 2,
    Labels = 3,
    ToolCalls = 4,
}

/// <summary>Calls answered with 429.</summary>
/// <param name="FirstCalls">Calls of this provider that are refused before it recovers.</param>
/// <param name="PerMille">Of every thousand later calls, how many are refused; drawn from the seed, so the next attempt may get through.</param>
public sealed record SimulatedRateLimit(int FirstCalls = 0, int PerMille = 0, int RetryAfterMs = 50);

/// <summary>Calls that fail after the rate limit's first calls: first with a status, then with time-outs, then no more.</summary>
/// <param name="Status">In [500, 599].</param>
/// <param name="TimeoutCalls">Calls that end in a <see cref="TimeoutException"/>, at once: no time is spent to show it.</param>
public sealed record SimulatedFailures(int FirstCalls = 0, int Status = 503, int TimeoutCalls = 0);
