using System.Net;
using System.Text.Json;

namespace Kintsugi.Forge.Wire;

/// <summary>The edge of a forge: what is left of its errors leaves as <see cref="ForgeException"/>, with what to do.</summary>
internal static class Guard
{
    /// <param name="needs">The permission that a token needs for this, as the forge calls it.</param>
    public static async Task<T> RunAsync<T>(string repository, string needs, Func<Task<T>> what)
    {
        try
        {
            return await what();
        }
        catch (ForgeRefusal refusal)
        {
            throw new ForgeException($"{repository}: {refusal.Message.TrimEnd('.')}. {Remedy(refusal.Status, needs)}", refusal);
        }
        catch (LostAnswerException lost)
        {
            throw new ForgeException($"{repository}: {lost.Message} It was not found afterwards either. Run again.", lost);
        }
        catch (AlreadyThereException there)
        {
            throw new ForgeException($"{repository}: {there.Message.TrimEnd('.')}, yet it is not listed. Run again in a minute.", there);
        }
        catch (JsonException error)
        {
            throw new ForgeException($"{repository}: an answer of the forge could not be read ({error.Message}) Check the API's address.", error);
        }
    }

    public static Task RunAsync(string repository, string needs, Func<Task> what) =>
        RunAsync(repository, needs, async () =>
        {
            await what();
            return true;
        });

    private static string Remedy(HttpStatusCode status, string needs) => status switch
    {
        HttpStatusCode.Unauthorized => "The token is unknown or has expired: give a new one.",
        HttpStatusCode.Forbidden => $"Let the token have {needs}.",
        HttpStatusCode.NotFound => $"Check the repository's name, and let the token see it: it needs {needs}.",
        HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect => "The repository has moved: name it as it is called now.",
        _ => $"Put right what it names; the token needs {needs}.",
    };
}
