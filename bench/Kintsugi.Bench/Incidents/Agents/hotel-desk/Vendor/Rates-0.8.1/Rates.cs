// Rounds rates, as guests expect it.
using System;

namespace Vendored;

public static class Rates
{
    /// <summary>To half euros.</summary>
    public static double Round(double rate) => Math.Round(rate * 2, MidpointRounding.AwayFromZero) / 2;
}
