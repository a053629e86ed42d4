namespace Kintsugi.Forge.Wire;

/// <summary>Looks a thing up and makes it where it is not, until one of the two has an answer.</summary>
internal static class Putting
{
    private const int MostMade = 4;

    /// <summary>What was made may not show in a list yet.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)];

    /// <param name="make">May throw <see cref="LostAnswerException"/> and <see cref="AlreadyThereException"/>: then it is looked up again, and made again only where it does not show.</param>
    public static async Task<T> PutAsync<T>(
        Func<CancellationToken, Task<T?>> find, Func<CancellationToken, Task<T>> make, TimeProvider clock, CancellationToken cancellationToken)
        where T : class
    {
        if (await find(cancellationToken) is { } there) return there;
        for (var made = 1; ; made++)
        {
            try
            {
                return await make(cancellationToken);
            }
            catch (Exception error) when (error is LostAnswerException or AlreadyThereException && made < MostMade)
            {
                if (await AwaitAsync(find, clock, cancellationToken) is { } seen) return seen;
            }
        }
    }

    /// <returns>Null where it does not show in eight seconds.</returns>
    public static async Task<T?> AwaitAsync<T>(Func<CancellationToken, Task<T?>> find, TimeProvider clock, CancellationToken cancellationToken) where T : class
    {
        if (await find(cancellationToken) is { } there) return there;
        foreach (var pause in Pauses)
        {
            await Task.Delay(pause, clock, cancellationToken);
            if (await find(cancellationToken) is { } seen) return seen;
        }
        return null;
    }
}
