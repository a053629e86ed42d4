namespace Kintsugi.Evaluation.Judges;

/// <summary>How a rate came about.</summary>
public enum RateMethod
{
    /// <summary>Labels and judge together; the interval is asymptotic.</summary>
    PredictionPowered = 0,

    /// <summary>Labels alone, because too few of them differ for an asymptotic interval; the interval is exact or wider.</summary>
    HumanOnly = 1,

    /// <summary>The judge's rate, corrected by its error rates; the interval is asymptotic.</summary>
    RoganGladen = 2,

    /// <summary>The judge is not shown to tell passes from fails. The interval is everything there is.</summary>
    Undetermined = 3,
}

/// <summary>A rate in [0, 1], or a difference of rates in [−1, 1], as people would give it.</summary>
/// <param name="StandardError">Of <paramref name="Value"/>, in its unit.</param>
/// <param name="JudgeWeight">By how much the value moves when the judge's mean on unlabelled outputs moves by one.</param>
public sealed record CorrectedRate(double Value, double Low, double High, double StandardError, double JudgeWeight, RateMethod Method)
{
    /// <summary>Two ways that agree on random labels do not: the labelled outputs are no random sample of what was judged, so that this rate is biased.</summary>
    /// <remarks>More than two standard errors of <paramref name="check"/> apart. It cannot see a judge that errs otherwise where nobody labelled: no estimate from these data can. The variance of a difference between an efficient and another
    /// estimator is at most the other's (Hausman 1978, Econometrica 46, 1251–1271), so that it is rarer than 1 in 20 when all is well.</remarks>
    public bool Contradicts(CorrectedRate check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return check.Method == RateMethod.RoganGladen && Math.Abs(Value - check.Value) > 2 * check.StandardError;
    }
}
