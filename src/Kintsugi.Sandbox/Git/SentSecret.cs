using System.Text;

namespace Kintsugi.Sandbox.Git;

/// <summary>A token or password as a remote could say it back: servers and proxies echo the headers they were sent.</summary>
/// <remarks>Finds it as it is, and as basic authentication carries it. It does not find one that was cut or encoded otherwise.</remarks>
public sealed class SentSecret(string secret)
{
    private readonly string[] _forms = secret.Length == 0 ? [] : [secret, Base64($"{User}:{secret}"), Base64(secret)];

    /// <summary>Who a forge's token is of, where a name has to be given.</summary>
    public const string User = "x-access-token";

    /// <summary>What basic authentication sends.</summary>
    public string Basic => Base64($"{User}:{secret}");

    public string Blot(string text) => _forms.Aggregate(text, (shown, form) => shown.Replace(form, "***", StringComparison.Ordinal));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
