// What is offered, and for how much.
using System;
using System.Text.Json.Nodes;

namespace HotelDesk;

public static class Pricing
{
    // Weight from which somebody gets a suite, and below which nobody gets a room at once.
    public const int SuiteFrom = 70;
    public const int WaitBelow = 25;

    // From so many nights on the fourth part is taken off.
    public const int LongStayNights = 7;

    private const double PerAdult = 62;
    private const double PerChild = 21.5;

    /// <summary>`wait`, `suite`, `family` or `room`.</summary>
    public static string Offer(double weight, int adults, int children)
    {
        if (weight < WaitBelow) return "wait";
        if (weight >= SuiteFrom) return "suite";
        if (children > 0 && adults + children > 2) return "family";
        return "room";
    }

    /// <summary>Euros a night.</summary>
    public static double Rate(string offer, int adults, int children, int nights, double factor)
    {
        if (offer == "wait") return 0;
        var rate = (adults * PerAdult) + (children * PerChild);
        if (offer == "suite") rate = rate * 1.4;
        if (nights >= LongStayNights) rate = rate * 0.75;
        return rate * factor;
    }

    /// <summary>Euros to be paid beforehand.</summary>
    public static double Deposit(double rate, int nights, JsonObject guest)
    {
        var whole = rate * nights;
        // Whoever has stayed away before pays for everything.
        if ((int?)guest["noshows"] > 1) return whole;
        if ((string?)guest["member"] == "gold") return 0;
        return Math.Max(20, whole * 0.2);
    }
}
