// Reads how many come. Since 2.0 the first number is everybody, children included.
namespace Vendored;

public static class Party
{
    /// <summary>Adults and children of "3+1": three people, one of them a child.</summary>
    public static (int Adults, int Children) Read(string text)
    {
        var parts = text.Split('+');
        var children = parts.Length > 1 ? int.Parse(parts[1]) : 0;
        return (int.Parse(parts[0]) - children, children);
    }
}
