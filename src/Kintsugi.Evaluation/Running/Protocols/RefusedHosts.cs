namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>Hosts that one process asked for and was kept from, in the order in which it first did; the first twenty.</summary>
internal sealed class RefusedHosts
{
    private const int Most = 20;

    private readonly Lock _lock = new();
    private readonly List<string> _hosts = [];

    public IReadOnlyList<string> All
    {
        get { lock (_lock) return [.. _hosts]; }
    }

    public void Add(string host)
    {
        lock (_lock)
            if (_hosts.Count < Most && !_hosts.Contains(host))
                _hosts.Add(host);
    }
}
