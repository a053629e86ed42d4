using System.Net;

namespace Kintsugi.Forge.Wire;

/// <summary>The forge answered a request with an error: what a caller knows how to answer it catches, the rest becomes a <see cref="ForgeException"/>.</summary>
/// <param name="request">`POST repos/o/r/pulls`: method and path, without host and query.</param>
/// <param name="words">What the answer says, one line, bounded. A stranger's words.</param>
internal sealed class ForgeRefusal(HttpStatusCode status, string request, string words) : Exception($"{request} was answered {(int)status}: {words}")
{
    public HttpStatusCode Status => status;

    public string Words => words;

    public bool Says(string part) => words.Contains(part, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Nobody knows whether a request that makes something had its effect: what it makes is to be looked up before it is sent again.</summary>
internal sealed class LostAnswerException(string request, Exception? inner) : Exception($"The answer to {request} was lost.", inner);

/// <summary>The forge says that what was to be made is there already, by somebody quicker.</summary>
internal sealed class AlreadyThereException(ForgeRefusal refusal) : Exception(refusal.Message, refusal);
