namespace Kintsugi.Tracing.Otlp;

/// <summary>Nanoseconds since 1970, as OTLP has them.</summary>
internal static class UnixTime
{
    /// <summary>To the 100 ns of .NET; beyond the year 9999, its end.</summary>
    public static DateTimeOffset Of(ulong ns) => new(Math.Min(DateTimeOffset.UnixEpoch.Ticks + (long)(ns / 100), DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
}
