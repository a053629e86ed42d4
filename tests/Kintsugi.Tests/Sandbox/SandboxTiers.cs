using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Sandbox;

/// <summary>Every tier of <see cref="AttackTable"/> that this machine has. Where it has none, all tests that ask for them fail and say what to install.</summary>
public sealed class SandboxTiers : IAsyncLifetime
{
    private readonly Dictionary<string, string> _missing = [];
    private readonly Dictionary<string, ISandbox> _available = [];

    public IReadOnlyDictionary<string, ISandbox> Available => _available;

    /// <summary>By tier, why this machine does not have it.</summary>
    public IReadOnlyDictionary<string, string> Missing => _missing;

    public async ValueTask InitializeAsync()
    {
        foreach (var tier in AttackTable.Tiers)
        {
            try
            {
                _available[tier] = await Sandboxes.OpenAsync(tier, allowUnsandboxed: false, TestContext.Current.CancellationToken);
            }
            catch (SandboxUnavailableException error)
            {
                _missing[tier] = error.Message;
            }
        }

        Assert.True(_available.Count > 0, string.Join('\n', _missing.Values));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
