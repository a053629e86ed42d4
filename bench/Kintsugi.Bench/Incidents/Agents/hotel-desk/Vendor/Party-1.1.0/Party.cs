// Reads how many come.
namespace Vendored;

public static class Party
{
    /// <summary>Adults and children of "2+1"; without a plus all are adults.</summary>
    public static (int Adults, int Children) Read(string text)
    {
        var parts = text.Split('+');
        return (int.Parse(parts[0]), parts.Length > 1 ? int.Parse(parts[1]) : 0);
    }
}
