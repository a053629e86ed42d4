namespace Kintsugi.Init;

/// <summary>One `name=value` of the arguments; without '=' the value is empty.</summary>
internal readonly record struct Option(string Name, string Value)
{
    public static Option Of(string argument) => argument.IndexOf('=', StringComparison.Ordinal) is >= 0 and var equals
        ? new Option(argument[..equals], argument[(equals + 1)..])
        : new Option(argument, "");
}
