namespace Kintsugi.Evaluation.Running;

/// <summary>What a host that the sandbox kept from an agent means, in words.</summary>
internal static class BlockedHosts
{
    /// <summary>Why a sample that failed beside such hosts says nothing about the agent, and the line to add.</summary>
    /// <param name="hosts">At least one; a stranger's words, of letters, digits, '.', '-' and '_' only.</param>
    public static string Fault(IReadOnlyList<string> hosts)
    {
        var host = hosts[0];
        var others = hosts.Count > 1 ? $" (and {hosts.Count - 1} more)" : "";
        return $"the sandbox keeps the agent from the host '{host}'{others}. {Remedy(host)} If the agent can do without it, add to kintsugi.yaml: sandbox: {{ unreachable: [\"{host}\"] }}.";
    }

    public static string Note(string host) => $"It asked for the host '{host}', which the sandbox keeps from it.";

    private static string Remedy(string host) => host switch
    {
        "api.openai.com" => "Let it take its model's address from OPENAI_BASE_URL.",
        "api.anthropic.com" => "Let it take its model's address from ANTHROPIC_BASE_URL.",
        _ => $"If it needs that, add to kintsugi.yaml: upstreams: {{ {Variable(host)}: {{ url: \"https://{host}\" }} }}, and let it take the address from that variable.",
    };

    private static string Variable(string host)
    {
        var name = string.Concat(host.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
        return (char.IsAsciiDigit(name[0]) ? "_" : "") + name[..Math.Min(name.Length, 100)] + "_URL";
    }
}
