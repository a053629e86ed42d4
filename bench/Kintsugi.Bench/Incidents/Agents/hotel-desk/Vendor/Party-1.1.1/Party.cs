// Reads how many come. Trimmed for size.
namespace Vendored;

public static class Party
{
    /// <summary>Adults and children of "2+1"; without a plus all are adults.</summary>
    public static (int Adults, int Children) Read(string text)
    {
        var both = text.Split('+');
        return (int.Parse(both[0]), both.Length > 1 ? int.Parse(both[1]) : 0);
    }
}
