// Rounds rates. Since 0.9 up to whole euros.
using System;

namespace Vendored;

public static class Rates
{
    /// <summary>Up to whole euros.</summary>
    public static double Round(double rate) => Math.Ceiling(rate);
}
